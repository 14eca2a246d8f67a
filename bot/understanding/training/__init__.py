"""Code that builds the committed models; never imported while answering."""

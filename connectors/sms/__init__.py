"""SMS through Twilio: signed webhooks in, REST out, delivery receipts."""

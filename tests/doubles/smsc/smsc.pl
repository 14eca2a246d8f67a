#!/usr/bin/perl
# An operator's SMSC for the tests, on Net::SMPP. Told what to do by JSON lines on standard input; says what it sees by
# JSON lines on standard output. tests/doubles/smsc.py speaks to it.
use strict;
use warnings;
use Encode;
use IO::Handle;
use IO::Select;
use JSON::PP;
use Net::SMPP;

my $json = JSON::PP->new->utf8->canonical;
STDOUT->autoflush(1);
STDIN->blocking(0);
my $server = Net::SMPP->new_listen('127.0.0.1', port => $ARGV[0] // 0, smpp_version => 0x34, timeout => 5) or die $!;
my $select = IO::Select->new($server, \*STDIN);
my (%bound, %tags);
my ($count, $line) = (0, '');
my %binds = (1 => 'bind_receiver', 2 => 'bind_transmitter', 9 => 'bind_transceiver');

sub say_ { my ($event, %values) = @_; print $json->encode({event => $event, %values}), "\n"; }

sub text_of {
    my ($octets, $coding) = @_;
    return decode('UTF-16BE', $octets) if $coding == 8;
    return decode($coding == 3 ? 'iso-8859-1' : 'gsm0338', $octets);
}

sub submitted {
    my ($c, $pdu) = @_;
    my ($octets, @udh) = ($pdu->{short_message});
    if ($pdu->{esm_class} & 0x40) {
        my $header = substr($octets, 1, ord $octets);
        $octets = substr($octets, 1 + ord $octets);
        while (length $header) {
            my $length = 2 + ord substr($header, 1, 1);
            push @udh, unpack 'H*', substr($header, 0, $length, '');
        }
    }
    my $id = sprintf '%08X', ++$count + 0xA0;
    $c->submit_sm_resp(message_id => $id, seq => $pdu->{seq});
    say_('submit', status => 0, id => $id, to => $pdu->{destination_addr}, from => $pdu->{source_addr},
        esm_class => $pdu->{esm_class}, data_coding => $pdu->{data_coding}, udh => \@udh,
        registered_delivery => $pdu->{registered_delivery}, text => text_of($octets, $pdu->{data_coding}));
}

sub served {
    my ($c) = @_;
    my $pdu = $c->read_pdu();
    if (!defined $pdu) { $select->remove($c); say_('closed') if delete $bound{$c}; close $c; return; }
    my $command = $pdu->{cmd};
    if (my $bind = $binds{$command}) {
        my $method = $bind . '_resp';
        $c->$method(system_id => 'double', seq => $pdu->{seq});
        $bound{$c} = [$c, $bind];
        say_('bound', command => $bind, system_id => $pdu->{system_id}, password => $pdu->{password});
    }
    elsif ($command == 0x04) { submitted($c, $pdu) }
    elsif ($command == 0x15) { $c->enquire_link_resp(seq => $pdu->{seq}); say_('enquire_link'); }
    elsif ($command == 0x06) { $c->unbind_resp(seq => $pdu->{seq}); say_('unbind'); }
    elsif (defined(my $tag = delete $tags{$pdu->{seq}})) { say_('answer', tag => $tag, status => $pdu->{status}) }
}

sub ordered {
    my ($order) = @_;
    my ($found) = grep { $_->[1] ne 'bind_transmitter' } values %bound;
    my $c = $found->[0];
    if ($order->{do} eq 'deliver') {
        my %pdu = %{$order->{pdu}};
        my $octets = exists $pdu{octets} ? pack('H*', delete $pdu{octets})
            : encode(($pdu{data_coding} // 0) == 8 ? 'UTF-16BE' : 'gsm0338', $pdu{text});
        delete $pdu{text};
        if (my $udh = delete $pdu{udh}) { $octets = pack('H*', $udh) . $octets; $pdu{esm_class} = 0x40; }
        $tags{$c->deliver_sm(%pdu, short_message => $octets, async => 1)} = $order->{tag};
    }
    elsif ($order->{do} eq 'enquire') { $tags{$c->enquire_link(async => 1)} = $order->{tag} }
    elsif ($order->{do} eq 'drop') { for (map { $_->[0] } values %bound) { $select->remove($_); close $_ } %bound = (); }
    say_('done', of => $order->{number});
}

say_('listening', port => $server->sockport);
while (1) {
    for my $ready ($select->can_read) {
        if ($ready == $server) { $select->add($server->accept); next; }
        if ($ready != \*STDIN) { served($ready); next; }
        sysread(STDIN, my $chunk, 65536) or exit 0;
        $line .= $chunk;
        while ($line =~ s/^(.*?)\n//) { ordered($json->decode($1)) }
    }
}

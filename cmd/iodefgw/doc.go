// Command iodefgw is an exchange gateway for incident reports in IODEF (RFC 5070
// and RFC 7970). It stands at a CSIRT, between the site that reports an incident
// and the site that is affected by it: the reporter tells the gateway
// everything, the affected site is told what the reporter allows.
//
//	iodefgw COMMAND [ARGUMENTS]
//	iodefgw help COMMAND
//
// # A first look
//
//	iodefgw demo -once
//
// runs a whole gateway in one process, with mail servers of its own and keys
// made on the spot, and tells each step. It needs no file and no network.
//
// # Setting up a gateway
//
//	iodefgw init -name "Our CSIRT" -domain gw.example.org -address ir@gw.example.org DIR
//
// writes DIR/iodefgw.toml, which explains every setting, a policy, a parties
// file, and makes the gateway's OpenPGP key and the database. It touches nothing
// that exists. Then:
//
//	iodefgw key show -armor               the public key, to publish
//	iodefgw party import parties.toml     who we exchange reports with
//	iodefgw policy table                  what recipients are told
//	iodefgw serve                         the daemon
//
// The gateway's key is renewed by key rotate, told to the parties by key
// announce, and locked by key passphrase.
//
// Commands that work on a gateway find its config by -config FILE, else by
// $IODEFGW_CONFIG, else as iodefgw.toml in the current folder. They may run
// beside the daemon, which takes up what they change within seconds.
//
// # Steps on files
//
// Every step of the gateway can be run alone on files, without mailbox or
// database, with the functions that the daemon uses:
//
//	iodefgw check FILE...     validate IODEF documents
//	iodefgw convert -to …     version 1 to 2, XML to JSON and back
//	iodefgw screen FILE...    what would become of these mails, and why
//	iodefgw redact …          what a party would be told at a stage
//	iodefgw report …          make a report mail, signed
//	iodefgw ingest PATH...    take mails from files instead of a mailbox
//
// A reporting site needs report alone:
//
//	iodefgw report -source 198.51.100.77 -time 2026-11-20T12:14:07+09:00 \
//	    -target 203.0.113.25/www.example.co.jp -port 22 -log auth.log \
//	    -conditions hide-my-ip -sign our.key -to ir@gw.example.org | sendmail -t
//
// # The operator's work
//
// Mail that the gateway will not act on by itself is held. hold list shows it,
// hold show says why and what would clear each reason:
//
//	iodefgw hold show 17
//	iodefgw key import -party csirt-a csirt-a.asc    compare the fingerprint first
//	iodefgw hold recheck 17                          screen it again
//	iodefgw hold release -why "confirmed by telephone" 17
//	iodefgw hold release -party isp-r                all that it sent unsigned, after a look
//	iodefgw hold reject 17
//
// A notice waits for approval where the policy says so. queue show lays what
// goes out beside what came in, by place and class and without what is withheld:
//
//	iodefgw queue show 41
//	iodefgw queue approve 41
//	iodefgw queue retry 41
//
// A message that could not be made and waits for a person, as where two
// requesters say otherwise of one value, stands in queue list as refused, with
// what to do about it.
//
// Where two must look, they are two different operators. An operator is a user
// of the computer whom the config lists. Where the database belongs to a service
// user, operators become it by sudo, and the name that sudo passes on counts;
// the sudoers file should then allow iodefgw and nothing else.
//
// In an emergency two operators can let a party be told more than the rules
// allow. override makes one message; the two approve it like any other, and the
// one who made it may be one of them:
//
//	iodefgw ticket override 42 -to isp-r -conditions more.txt -why "worm; cert-u cannot be reached"
//
// What has changed until it leaves withdraws it: nothing else takes its place.
//
//	iodefgw ticket list -reference 'JPCERT#12345678'
//	iodefgw ticket show 42
//	iodefgw ticket explain 'GW#00000042' -to isp-r
//
// explain prints, for every value of the reports, each layer of the decision
// and what it allowed. statement says which class of recipient was told which
// class of thing of a requester's reports, for that requester to have:
//
//	iodefgw ticket statement 42 -party cert-u -send
//
// Two tickets about one incident become one, and reports that do not belong
// together get tickets of their own:
//
//	iodefgw ticket merge -why "one incident" 43 42
//	iodefgw ticket split -why "another host" -report 17 42
//	iodefgw ticket plan 42
//
// Numbers and addresses that were given out for ticket 43 lead to 42. Neither
// sends anything: a notice of either ticket that is not sent yet is cancelled,
// and the next mail, or ticket plan, decides over the reports as they are now. A
// recipient of both tickets goes on from the lower of its two stages; one of a
// report that was split off is told anew, under the new number.
//
//	iodefgw audit verify      walk the chain of events
//	iodefgw audit replay 17   decide again from what was stored, and compare
//	iodefgw backup FILE       copy the database in use
//	iodefgw fsck              check what the database promises
//
// To restore a copy, stop the daemon, remove iodefgw.db-wal and iodefgw.db-shm,
// and put the copy in the place of iodefgw.db. The gateway then sends nothing
// until "queue resume": what the copy holds as unsent may have been sent since.
//
// # What is never printed
//
// No command prints a value that is withheld from a recipient, except "hold show
// -raw" and "ticket show -raw", which give an operator the stored mail itself.
// Text from outside is escaped: it cannot move the cursor, change colours or
// reorder a line. Passwords and passphrases are read from files, never from
// arguments or the environment.
//
// # Output
//
// Results go to standard output, messages to standard error: what was tried, and
// a hint where one helps. With -json each result is one JSON object on one line;
// fields are added to these objects, never renamed or dropped. Colours and
// progress bars appear on a terminal only; NO_COLOR turns colours off.
//
// # Exit status
//
//	0  fine
//	1  findings, or refused
//	2  could not run
//
// # Environment
//
//	IODEFGW_CONFIG  the config file, where -config is not given
//	NO_COLOR        no colours on a terminal
//	SUDO_UID        who works as the service user; see above
package main

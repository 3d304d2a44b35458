package relay

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"iodefgw/mailgw/message"
)

// RFC 5321 section 4.5.3.1: octets in a local part and in a domain.
const (
	maxLocalPart = 64
	maxDomain    = 255
)

// CheckAddress reports whether a may stand in an SMTP envelope of ours. Only
// the plain form is taken: a dot-atom, one @ and a domain of letters, digits
// and hyphens. Quoted local parts, address literals, source routes, percent
// and bang paths and raw UTF-8 are refused: no registered party needs them and
// each has been read differently by two mail servers.
func CheckAddress(a string) error {
	local, domain, ok := strings.Cut(a, "@")
	switch {
	case !ok:
		return fmt.Errorf("address %s: no @", Printable(a))
	case len(local) > maxLocalPart || len(domain) > maxDomain:
		return fmt.Errorf("address %s: too long", Printable(a))
	}
	for _, atom := range strings.Split(local, ".") {
		if atom == "" || strings.Trim(atom, atext) != "" {
			return fmt.Errorf("address %s: local part is not plain", Printable(a))
		}
	}
	for _, label := range strings.Split(domain, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.Trim(label, alnum+"-") != "" {
			return fmt.Errorf("address %s: domain is not a host name", Printable(a))
		}
	}
	return nil
}

const (
	alnum = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	atext = alnum + "#$&'*+-/=?^_`{|}~" // RFC 5322 section 3.2.3 without % and !
)

// CheckBytes reports whether b may be sent with DATA as it is: 7-bit, lines of
// at most 998 octets, each ended by CRLF. A bare CR or LF is read as a line
// end by some servers and not by others, which lets a message smuggle a second
// one behind it (CVE-2023-51764, -51765, -51766).
func CheckBytes(b []byte) error {
	if !bytes.HasSuffix(b, []byte("\r\n")) {
		return errors.New("message does not end in CRLF")
	}
	return message.CheckLines(b)
}

// maxText bounds what is kept of text that a server sent: enough for a person
// to see the reason, too little to fill a log.
const maxText = 200

// Printable is text from outside made safe for a log line or a terminal:
// quoted, control and non-ASCII characters escaped, and cut.
func Printable(s string) string {
	if len(s) > maxText {
		s = s[:maxText] + "…"
	}
	return fmt.Sprintf("%+q", s)
}

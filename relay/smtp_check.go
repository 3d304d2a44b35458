package relay

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// RFC 5321 section 4.5.3.1: octets in a local part, a domain and a text line.
const (
	maxLocalPart = 64
	maxDomain    = 255
	maxLine      = 998
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
	if len(b) == 0 {
		return errors.New("message is empty")
	}
	for n := 1; len(b) > 0; n++ {
		end := bytes.IndexByte(b, '\n')
		if end < 1 || b[end-1] != '\r' {
			return fmt.Errorf("message line %d does not end in CRLF", n)
		}
		line := b[:end-1]
		if len(line) > maxLine {
			return fmt.Errorf("message line %d is longer than %d octets", n, maxLine)
		}
		for _, c := range line {
			if c == '\r' || c == 0 || c >= 0x80 {
				return fmt.Errorf("message line %d has a bare CR, a NUL or an 8-bit octet", n)
			}
		}
		b = b[end+1:]
	}
	return nil
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

package leak

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
)

// former collects the forms of one value after the other in one buffer.
type former struct {
	forms []form
	buf   []byte
	first int // the first form of this value
	value int32
}

// add takes the text that was appended to the buffer, if it is a new form.
func (f *former) add(text []byte) {
	from := len(f.buf)
	f.buf = append(append(f.buf, text...), '\n')
	line := f.buf[from:len(f.buf):len(f.buf)]
	for _, old := range f.forms[f.first:] {
		if bytes.Equal(old.line, line) {
			f.buf = f.buf[:from]
			return
		}
	}
	f.forms = append(f.forms, form{line, f.value})
}

func (f *former) addString(text string) { f.add([]byte(text)) }

// normalForms are the values as people, programs and log files write them.
func (s *Scanner) normalForms() []form {
	f := former{forms: make([]form, 0, 8*len(s.values)), buf: make([]byte, 0, 256*len(s.values))}
	for i := range s.values {
		f.first, f.value = len(f.forms), int32(i)
		f.addValue(&s.values[i])
	}
	return f.forms
}

func (f *former) addValue(v *Value) {
	text := strings.TrimSpace(v.Text)
	f.addString(text)
	f.addString(foldString(text))
	f.addString(strings.ToUpper(text))
	switch v.Kind {
	case IPv4, IPv6:
		if a, err := parseAddr(v.Kind, text); err == nil {
			f.addAddr(a)
		}
	case MAC:
		m, _ := parseMAC(text)
		f.addMAC(m)
	case Domain:
		bare := strings.TrimSuffix(strings.ToLower(text), ".")
		f.addString(bare)
		f.addString(bare + ".")
		if ascii, err := idna.Punycode.ToASCII(bare); err == nil && ascii != bare {
			f.addString(ascii)
		}
		if other, err := idna.Punycode.ToUnicode(bare); err == nil && other != bare {
			f.addString(other)
		}
	case Name:
		joined := strings.ReplaceAll(text, " ", "")
		f.addString(joined)
		f.addString(strings.ToLower(joined))
	case ASN:
		n := strings.TrimLeft(strings.ToUpper(text), "ASN ")
		f.addString(n)
		f.addString("AS" + n)
	}
}

func (f *former) addAddr(a netip.Addr) {
	text := a.AppendTo(make([]byte, 0, 64))
	f.add(text)
	if a.Is4() {
		f.add(append(text, "/32"...))
		b := a.As4()
		f.add(b[:])
		f.add([]byte{b[3], b[2], b[1], b[0]})
		return
	}
	f.add(append(text, "/128"...))
	f.addString(a.StringExpanded())
	b := a.As16()
	f.add(b[:])
}

func (f *former) addMAC(m [6]byte) {
	const digits = "0123456789abcdef"
	for _, mark := range []string{":", "-", ""} {
		var text []byte
		for k, x := range m {
			if k > 0 {
				text = append(text, mark...)
			}
			text = append(text, digits[x>>4], digits[x&15])
		}
		f.add(text)
		f.add(bytes.ToUpper(text))
	}
	f.addString(fmt.Sprintf("%02x%02x.%02x%02x.%02x%02x", m[0], m[1], m[2], m[3], m[4], m[5]))
	f.add(m[:])
}

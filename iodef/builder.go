package iodef

import "errors"

// A Builder writes a document that is made of nothing, from its first element
// to its last, as Encode would write its tree. What it is told to write may be
// wrong: its method Encode finds that.
type Builder struct {
	b     []byte
	open  []string // the elements that are open
	tag   bool     // the start tag of the last one is
	lined bool     // an end tag stands on a line of its own: elements stand before it
}

// NewBuilder makes a builder of a document of about so many octets.
func NewBuilder(size int) *Builder {
	return &Builder{b: append(make([]byte, 0, size), xmlDeclaration...), open: make([]string, 0, 16)}
}

// Open begins an element within the one that is open.
func (b *Builder) Open(name string) *Builder {
	b.endTag()
	if len(b.open) > 0 {
		b.b = appendLine(b.b, len(b.open))
	}
	b.b = append(append(b.b, '<'), name...)
	b.open, b.tag = append(b.open, name), true
	return b
}

// Attr gives the element that was opened last an attribute.
func (b *Builder) Attr(name, value string) *Builder {
	b.b = append(append(append(b.b, ' '), name...), `="`...)
	b.b = append(appendEscaped(b.b, value), '"')
	return b
}

// Text writes into the element that was opened last.
func (b *Builder) Text(text string) *Builder {
	if text != "" {
		b.endTag()
		b.b = appendEscaped(b.b, text)
	}
	return b
}

func (b *Builder) endTag() {
	if b.tag {
		b.b = append(b.b, '>')
	}
	b.tag, b.lined = false, false
}

// Close ends the element that is open.
func (b *Builder) Close() *Builder {
	if len(b.open) == 0 {
		b.b = append(b.b, "</>"...) // no document, as Encode will find
		return b
	}
	depth := len(b.open) - 1
	name := b.open[depth]
	b.open = b.open[:depth]
	if b.tag {
		b.b = append(b.b, "/>"...)
	} else {
		if b.lined {
			b.b = appendLine(b.b, depth)
		}
		b.b = append(append(append(b.b, "</"...), name...), '>')
	}
	b.tag, b.lined = false, true
	return b
}

// Encode is the function Encode.
func (b *Builder) Encode() ([]byte, error) {
	if len(b.open) > 0 {
		return nil, errors.New("encode document: an element is open")
	}
	return valid(append(b.b, '\n'))
}

const xmlDeclaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

// appendLine begins a line that deep.
func appendLine(b []byte, depth int) []byte {
	b = append(b, '\n')
	for range depth {
		b = append(b, "  "...)
	}
	return b
}

package iodef

import (
	"errors"
	"sync"
)

// A Builder writes a document that is made of nothing, from its first element
// to its last, as Encode would write its tree. What it is told to write may be
// wrong: its method Encode finds that.
type Builder struct {
	b     []byte
	from  *[]byte  // where the memory of b is from
	open  []string // the elements that are open
	tag   bool     // the start tag of the last one is
	lined bool     // an end tag stands on a line of its own: elements stand before it
}

// written keeps the memory that documents are written in: each is handed out as a
// text of its own.
var written = sync.Pool{New: func() any { return new([]byte) }}

// NewBuilder begins a document.
func NewBuilder() *Builder {
	from := written.Get().(*[]byte)
	return &Builder{b: append((*from)[:0], xmlDeclaration...), from: from, open: make([]string, 0, 16)}
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

// Encode ends the document and gives it, if it is valid, as the function Encode
// does. The builder is of no use then.
func (b *Builder) Encode() (string, error) {
	if len(b.open) > 0 || b.from == nil {
		return "", errors.New("encode document: an element is open, or it is written already")
	}
	text := string(append(b.b, '\n'))
	*b.from = b.b
	written.Put(b.from)
	b.b, b.from = nil, nil // nothing more is written where another document will be
	if err := mustBeValid(text); err != nil {
		return "", err
	}
	return text, nil
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

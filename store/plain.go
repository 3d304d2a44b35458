package store

import (
	"bytes"
	"errors"
)

// body is a row of delivery_bytes. What was scanned is the bytes, or plain, or stands in the bytes in two pieces, as
// where they are signed and not encrypted: the head is how both begin, the rest is there from at on.
type body struct {
	bytes, plain   []byte
	head, at, rest int64
}

// packed keeps of a message what its bytes do not hold already.
func packed(m *NewDelivery) body {
	b := body{bytes: m.Bytes, plain: m.Plain}
	head := 0
	for head < len(m.Plain) && head < len(m.Bytes) && m.Plain[head] == m.Bytes[head] {
		head++
	}
	if rest := m.Plain[head:]; len(rest) > 0 {
		if at := bytes.Index(m.Bytes, rest); at >= 0 {
			b.plain, b.head, b.at, b.rest = nil, int64(head), int64(at), int64(len(rest))
		}
	}
	return b
}

var errNotInBytes = errors.New("what was scanned of a message does not stand in its bytes")

// unpacked is NewDelivery.Plain again.
func (b body) unpacked() ([]byte, error) {
	if b.rest == 0 {
		return b.plain, nil
	}
	size := int64(len(b.bytes))
	if b.plain != nil || b.head < 0 || b.head > size || b.at < 0 || b.at > size || b.rest < 0 || b.rest > size-b.at {
		return nil, errNotInBytes
	}
	return append(append(make([]byte, 0, b.head+b.rest), b.bytes[:b.head]...), b.bytes[b.at:b.at+b.rest]...), nil
}

// selectBody goes before conditions on b.
const selectBody = "SELECT b.bytes, b.plain, b.head, b.at, b.rest FROM delivery_bytes b"

func scanBody(row scanner) (b body, err error) {
	err = row.Scan(&b.bytes, &b.plain, &b.head, &b.at, &b.rest)
	return b, err
}

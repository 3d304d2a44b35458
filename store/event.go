package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// Event is one link of the audit chain. Detail is a JSON object of ids, digests and rule names: never report content.
type Event struct {
	Seq     int64
	At      time.Time
	Actor   string // "gateway" or an operator's name
	Verb    string
	Subject string // "mail/7", "ticket/42", "delivery/9", …
	Detail  string
	Prev    string // hash of the event before, empty for the first
	Hash    string
}

// tip is the chain's end.
type tip struct {
	seq  int64
	hash string
}

// event appends to the chain. Where the verb is taken back the link is gone with it.
func (t *tx) event(actor, verb, subject string, d detail) error {
	text, err := d.appendTo(t.text[:0])
	if err != nil {
		return fmt.Errorf("event %s: %w", verb, err)
	}
	t.text = text
	e := Event{Seq: t.tip.seq + 1, At: t.now, Actor: actor, Verb: verb, Subject: subject, Detail: string(text), Prev: t.tip.hash}
	e.Hash = e.hash()
	if _, err := t.exec("INSERT INTO event (seq, at, actor, verb, subject, detail, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		e.Seq, micros(e.At), e.Actor, e.Verb, e.Subject, e.Detail, e.Prev, e.Hash); err != nil {
		return err
	}
	t.tip = tip{e.Seq, e.Hash}
	return nil
}

// hash covers every field but itself; each is preceded by its length, so that no two rows spell the same bytes.
func (e *Event) hash() string {
	buf := make([]byte, 0, 1024)
	buf = binary.BigEndian.AppendUint64(buf, uint64(e.Seq))
	buf = binary.BigEndian.AppendUint64(buf, uint64(micros(e.At)))
	for _, field := range []string{e.Actor, e.Verb, e.Subject, e.Detail, e.Prev} {
		buf = binary.BigEndian.AppendUint64(buf, uint64(len(field)))
		buf = append(buf, field...)
	}
	sum := sha256.Sum256(buf)
	return hex.EncodeToString(sum[:])
}

func subject(kind string, id int64) string { return kind + "/" + strconv.FormatInt(id, 10) }

package disclosure

import (
	"hash/maphash"
	"math/bits"
	"slices"
)

// Numbers gives texts numbers, from 1 on in the order in which they come: an open
// table, several times cheaper than a map for the few dozen values of a report.
// Its seed is new each time, so that nobody can choose texts that collide.
type Numbers struct {
	seed  maphash.Seed
	slots []int32 // numbers, 0: none
	texts []string
}

// Empty makes it ready for about n texts, in the memory that it has.
func (t *Numbers) Empty(n int) {
	t.seed, t.texts = maphash.MakeSeed(), slices.Grow(t.texts[:0], n)
	t.slots = emptied(t.slots, max(16, 1<<bits.Len(uint(2*n))))
}

// Len is how many texts there are.
func (t *Numbers) Len() int { return len(t.texts) }

// Of is the number of a text, 0 where it has none.
func (t *Numbers) Of(text string) int32 {
	if len(t.texts) == 0 {
		return 0
	}
	return t.slots[t.slot(text)]
}

// Add is the number of a text, a new one where it had none.
func (t *Numbers) Add(text string) int32 {
	switch {
	case len(t.slots) == 0:
		t.Empty(8)
	case 2*len(t.texts) >= len(t.slots):
		t.grow()
	}
	at := t.slot(text)
	if t.slots[at] == 0 {
		t.texts = append(t.texts, text)
		t.slots[at] = int32(len(t.texts))
	}
	return t.slots[at]
}

// slot is where a text stands, or where it would.
func (t *Numbers) slot(text string) uint64 {
	mask := uint64(len(t.slots) - 1)
	at := maphash.String(t.seed, text) & mask
	for t.slots[at] != 0 && t.texts[t.slots[at]-1] != text {
		at = (at + 1) & mask
	}
	return at
}

func (t *Numbers) grow() {
	t.slots = make([]int32, 2*len(t.slots))
	for k, text := range t.texts {
		t.slots[t.slot(text)] = int32(k + 1)
	}
}

package leak

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
)

// index32 maps a 32-bit key to the first of a chain of entries.
type index32 struct {
	shift uint
	slots []slot32
}

type slot32 struct {
	key  uint32
	head int32 // entry + 1; 0 is free
}

func newIndex32(n int) index32 {
	logSize := bits.Len(uint(n)) + 1
	return index32{shift: uint(32 - logSize), slots: make([]slot32, 1<<logSize)}
}

// slot finds the slot of the key, or the free one where it belongs.
func (x *index32) slot(key uint32) *slot32 {
	for i := key * 0x9e3779b1 >> x.shift; ; i++ {
		s := &x.slots[int(i)&(len(x.slots)-1)]
		if s.head == 0 || s.key == key {
			return s
		}
	}
}

// find returns the first entry of the key, or -1.
func (x *index32) find(key uint32) int32 {
	if len(x.slots) == 0 {
		return -1
	}
	return x.slot(key).head - 1
}

// add puts the entry before those of the same key and returns their first,
// or -1.
func (x *index32) add(key uint32, entry int32) int32 {
	s := x.slot(key)
	next := s.head - 1
	s.key, s.head = key, entry+1
	return next
}

// image is a withheld value as bytes in a binary view.
type image struct {
	bytes []byte
	value int32
	next  int32
	rule  string
	bits  int // how many leading bits must be equal
}

// net4 is a withheld IPv4 network.
type net4 struct {
	lo, hi uint32
	value  int32
	bits   int
}

// net6 is a withheld IPv6 address or network.
type net6 struct {
	prefix netip.Prefix
	value  int32
}

// filters are the bitmaps that let nearly every byte of a clean message pass
// after one look.
type filters struct {
	octet  [4]uint64      // first octet of a withheld address
	top13  [1 << 7]uint64 // first 13 bits of an image
	pairA  [1 << 6]uint64 // an image in base64: its first two whole symbols
	pairB  [1 << 6]uint64 // and the two after them
	begins [36]uint64     // first two letters of a text, by letterOf
	starts [36]uint64     // of one that the tree has
	loose  [36]uint64     // of one whose words may stand together
	digit  bool           // one begins with a digit
	tails  [2]uint64      // last two digits of an AS number, or of its lower half
	high   uint64         // first letter of a text outside ASCII
}

func (f *filters) addOctet(o byte)      { f.octet[o>>6] |= 1 << (o & 63) }
func (f *filters) hasOctet(o byte) bool { return f.octet[o>>6]>>(o&63)&1 != 0 }

// addImage marks the first four bytes of an image, and where they can fall in
// a row of six-bit symbols: a byte starts 0, 2 or 4 bits before a whole symbol.
func (f *filters) addImage(first4 uint32) {
	f.addTop(first4 >> 16)
	for skip := uint(0); skip <= 4; skip += 2 {
		a, b := first4<<skip>>20, first4<<skip<<12>>20
		f.pairA[a>>6] |= 1 << (a & 63)
		f.pairB[b>>6] |= 1 << (b & 63)
	}
}

// hasTop says whether an image may begin with the two bytes.
func (f *filters) hasTop(two uint32) bool { return f.top13[two>>9]>>(two>>3&63)&1 != 0 }
func (f *filters) addTop(two uint32)      { f.top13[two>>9] |= 1 << (two >> 3 & 63) }

func first4(b []byte) uint32 { return binary.BigEndian.Uint32(b) }

// lowEntropy addresses read like version numbers and dates.
func lowEntropy(a uint32) bool { return a&0xe0e0e0e0 == 0 }

// plain16 says that some octet is above what hours, minutes and days use.
func bigOctet(a uint32) bool {
	return a>>24 >= 60 || a>>16&0xff >= 60 || a>>8&0xff >= 60 || a&0xff >= 60
}

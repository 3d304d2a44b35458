package leak

import (
	"errors"
	"fmt"
	"hash/maphash"
	"sort"
	"sync"
)

const (
	// maxLevel bounds nesting: each level may undo every kind of escaping
	// once. Deeper is nobody's honest mail, so it is not sent.
	maxLevel = 6
	// maxBytes bounds all views together, against bombs: gzip in gzip, and
	// escapes whose every order of undoing gives another text.
	maxBytes = 64 << 20
	// viewCost is what a view counts at least, so that a million empty ones
	// end too.
	viewCost = 64
	// maxFindings: one is enough to stop a message, a few help to see why.
	maxFindings = 64
)

// Errors of a scan. Each means: not proven, do not send.
var (
	ErrDepth  = fmt.Errorf("scan message: encodings nested deeper than %d", maxLevel)
	ErrBudget = fmt.Errorf("scan message: decodes to more than %d MiB", maxBytes>>20)
	ErrFormat = errors.New("scan message: not a complete message")
)

// scan is the state of one Scan.
type scan struct {
	*Scanner
	message  []byte
	parts    []part
	queue    []*view
	seen     map[uint64]struct{}
	seed     maphash.Seed
	spent    int
	err      error
	findings []Finding
	hits     int // of rules, in any place
	excuses  int // of kept values
	lex      lexer
	solid    []span // blocks of base64 in the message that are text throughout
	sym      []byte // symbols of a base64 run
	dec      []byte // what was decoded of a run
}

// scans are kept for the memory that one scan needs after the other.
var scans = sync.Pool{New: func() any { return &scan{lex: lexer{templates: &templates{scan: 1}}} }}

const (
	maxSpare = 1 << 15 // the longest buffer that is kept
	maxSeen  = 1 << 8  // views of the largest set
)

// fresh is a scan of which nothing but the memory is left.
func (sc *scan) fresh() *scan {
	clear(sc.parts)
	clear(sc.queue)
	sc.lex.forget()
	sc.lex.scan++
	sc.lex.sparing = false
	if len(sc.seen) > maxSeen {
		sc.seen = nil
	}
	clear(sc.seen)
	*sc = scan{parts: spare(sc.parts), queue: spare(sc.queue), seen: sc.seen, sym: spare(sc.sym), dec: spare(sc.dec),
		lex: lexer{hex: dump{b: spare(sc.lex.hex.b)}, templates: sc.lex.templates}}
	return sc
}

func spare[T any](buf []T) []T {
	if cap(buf) > maxSpare {
		return nil
	}
	return buf[:0]
}

// view is one text or blob of the fixpoint.
type view struct {
	b      []byte
	parent *view
	name   string // the decoder that made it of its parent
	segs   []seg
	used   uint32 // decoders used in this level
	level  int
	folded bool
	leaf   bool // scraps of blobs: only their tokens are looked at
	exact  bool // between the pieces the parent's text stands as it is
	blob   bool // bytes, not text: look for binary images in it
}

// seg says that what begins at out in a view comes from src in its parent.
type seg struct{ out, src int }

// builder collects what one decoder finds in one view.
type builder struct {
	b    []byte
	segs []seg
	leaf bool
}

func (o *builder) begin(src int) { o.segs = append(o.segs, seg{len(o.b), src}) }

// sep stands between the pieces of a view and joins with nothing.
const sep = 0x1f

func (o *builder) end() { o.b = append(o.b, sep) }

// drop takes back the piece that begins at the mark.
func (o *builder) drop(mark int) { o.b, o.segs = o.b[:mark], o.segs[:len(o.segs)-1] }

// Scan reads the finished RFC 5322 message, before encryption. It never
// panics: whatever goes wrong is an Err, and then Clean is false.
func (s *Scanner) Scan(message []byte) (r Result) {
	r.Message = message
	sc := scans.Get().(*scan)
	sc.Scanner, sc.message, sc.seed = s, message, maphash.MakeSeed()
	defer func() {
		if p := recover(); p != nil {
			r.Clean, r.Findings = false, sc.findings
			r.Err = errors.New("scan message: internal error") // p may hold text of the message
		}
	}()
	sc.run(message)
	r.Findings, r.Err = sc.findings, sc.err
	r.Clean = r.Err == nil && len(r.Findings) == 0
	scans.Put(sc.fresh()) // not after a panic
	return r
}

func (sc *scan) run(message []byte) {
	sc.parts, sc.err = split(sc.parts, message)
	if sc.err != nil {
		// A broken message is not sent; what it leaks is still worth telling.
		sc.parts = []part{{end: len(message), label: "message"}}
	}
	raw := &view{b: message, level: 1}
	sc.spent = len(message)
	sc.readMessage(raw)
	next := 0
	for ; next < len(sc.queue) && sc.spent <= maxBytes; next++ {
		v := sc.queue[next]
		sc.queue[next] = nil
		sc.read(v, 0, len(v.b))
	}
	if next < len(sc.queue) && sc.err == nil {
		sc.err = ErrBudget
	}
}

// read looks at one text: its tokens, then what is written around or within
// them in another way.
func (sc *scan) read(v *view, lo, hi int) {
	if sc.spent > maxBytes {
		sc.fail(ErrBudget)
		return
	}
	if v.blob {
		sc.blob(v, v.b[lo:hi], lo)
	}
	for lo < hi {
		triggers, end, next := sc.tokens(v, lo, hi)
		if v.folded && triggers&clsHigh != 0 {
			sc.highTexts(v, lo, end)
		}
		if !v.leaf {
			sc.beside(v, lo, end, triggers)
			if last := sc.unescape(v, lo, end, triggers); last != v {
				sc.beside(last, 0, len(last.b), ^uint32(0))
			}
		}
		lo = next
	}
}

// add queues what a decoder made of a view, unless it was seen before.
func (sc *scan) add(parent *view, d decoderID, o *builder) *view {
	if len(o.b) == 0 {
		return nil
	}
	sc.spent += len(o.b) + viewCost
	h := maphash.Bytes(sc.seed, o.b)
	if _, ok := sc.seen[h]; ok {
		return nil
	}
	if sc.seen == nil {
		sc.seen = make(map[uint64]struct{}, 8)
	}
	sc.seen[h] = struct{}{}
	v := &view{b: o.b, parent: parent, name: decoderName[d], segs: o.segs, used: parent.used | 1<<d, level: parent.level, leaf: o.leaf}
	if parent.used>>d&1 != 0 {
		v.used, v.level = 1<<d, parent.level+1
	}
	if v.level > maxLevel {
		sc.fail(ErrDepth)
		return nil
	}
	sc.queue = append(sc.queue, v)
	return v
}

func (sc *scan) fail(err error) {
	if sc.err == nil {
		sc.err = err
	}
}

// hit records that a value stands at offset off of a view.
func (sc *scan) hit(v *view, value int32, rule string, off int) {
	sc.hits++
	if len(sc.findings) >= maxFindings {
		return
	}
	name := rule
	for ; v.parent != nil; v = v.parent {
		name = v.name + ">" + name
		off = v.source(off)
	}
	f := Finding{ID: sc.values[value].ID, Rule: name, Where: sc.where(off)}
	for _, old := range sc.findings {
		if old == f {
			return
		}
	}
	sc.findings = append(sc.findings, f)
}

// source maps an offset of the view to its parent.
func (v *view) source(off int) int {
	k := sort.Search(len(v.segs), func(k int) bool { return v.segs[k].out > off })
	if k == 0 {
		return 0
	}
	s := v.segs[k-1]
	if v.exact {
		return s.src + off - s.out
	}
	return s.src
}

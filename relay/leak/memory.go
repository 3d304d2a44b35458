package leak

const (
	minTemplate  = 8
	maxTemplate  = 1 << 10
	maxTemplates = 384
	// Lines that may be of a log, with digits in some of their words of eight
	// bytes, are learned at once, up to so many ops: as many as a letter has.
	// Others, and those behind them, are learned when they come again.
	logDigits = 2
	logLine   = 32 // the least length of those
	maxFresh  = 1 << 10
	maxOps    = 1 << 12 // of all lines together
	// A line that was met in so many scans is learned for later ones. What
	// senders write does not drive ours out: when they are full, those go that
	// the scan has not met.
	lastingScans = 4
	maxLasting   = 256
	maxLine      = 256 // the longest of those
	maxChain     = 8   // lines of one slot that are compared
)

// templates are those of one scan, and before them those that last.
type templates struct {
	known   []template
	lasting int // of the known, those of earlier scans
	kept    int // and how many there would be after this one
	full    bool
	slots   [512]uint16 // by the hash of a line: which of the known, from 1
	last    uint16      // the last one met, from 1
	scan    uint32      // its number
	ops     []op        // and what they need of memory
	texts   []byte
	learn   *template // being made of the line at at
	at      int
	word    int // its first word, -1 before it
	inHead  bool
	keeps   bool   // its rows stay whatever their form
	serial  uint32 // of the last one made
	tail    uint32 // whose last run it is that ends at tailEnd
	tailEnd int

	sparing bool // lines are learned when they are met for the second time
	blind   bool // none is: what tests compare with
	met     [512]meeting
}

// meeting tells in how many scans a line was met.
type meeting struct {
	mark  uint16
	scans uint16
	scan  uint32
}

// learns says whether a line is learned, and whether for later scans.
func (lx *lexer) learns(hash uint32, n, digits int) (lasts, ok bool) {
	if lx.blind {
		return false, false
	}
	m := &lx.met[hash>>23]
	if m.mark != uint16(hash) && (m.scan != lx.scan || lx.sparing) {
		*m = meeting{mark: uint16(hash)}
	}
	first := m.scan != lx.scan || m.mark != uint16(hash)
	if first && m.mark == uint16(hash) {
		m.scan = lx.scan
		m.scans++
	}
	lasts = m.mark == uint16(hash) && m.scans >= lastingScans && n <= maxLine
	if lasts && lx.kept >= maxLasting {
		lasts, lx.full = false, true
	}
	tight := len(lx.known) == maxTemplates || len(lx.ops) > maxOps
	lx.sparing = lx.sparing || tight || len(lx.ops) > maxFresh
	if !lasts && (n < logLine || first && (lx.sparing || digits < logDigits)) {
		return false, false
	}
	if tight {
		lx.forget()
	}
	if lasts {
		lx.kept++ // what is forgotten was counted without it
	}
	return lasts, true
}

// put appends a template to the known.
func (lx *lexer) put(t template) {
	if lx.known == nil {
		lx.known = make([]template, 0, maxTemplates)
	}
	slot := &lx.slots[t.hash>>23]
	lx.serial++
	t.chained, t.serial = *slot, lx.serial
	lx.known = append(lx.known, t)
	*slot = uint16(len(lx.known))
}

// follow notes the template that is met now.
func (lx *lexer) follow(k uint16) {
	if lx.last > 0 {
		lx.known[lx.last-1].after = k
	}
	lx.last = k
}

// forget leaves the templates that last.
func (lx *lexer) forget() {
	from := lx.lasting
	if lx.full {
		from = 0
	}
	all := lx.known[from:]
	for k := len(all) - 1; k >= 0; k-- { // the newest is the first of its slot
		lx.slots[all[k].hash>>23] = all[k].chained
	}
	lx.known = lx.known[:from]
	for k := range all {
		if t := all[k]; t.lasts && (!lx.full || t.scan == lx.scan) {
			lx.put(t)
		}
	}
	clear(lx.known[len(lx.known) : from+len(all)])
	for k := range lx.known {
		lx.known[k].first = -1
	}
	lx.lasting, lx.kept, lx.full = len(lx.known), len(lx.known), false
	lx.ops, lx.texts, lx.last = spare(lx.ops), spare(lx.texts), 0
}

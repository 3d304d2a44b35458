package leak

import "bytes"

// tree finds the texts that may begin at a word. A report can name thousands
// of hosts that begin alike, and what is scanned can be nothing but such names:
// each text is reached by its runs of letters and digits, one after the other,
// and by what stands between them. What is found here is only a candidate.
type tree struct {
	index index32 // node of a run behind a node and a gap, by hash
	nodes []node
	gaps  []textGap

	// Texts of which the words may stand together or apart are found by their
	// first letters, those with few of them by the first.
	loose index32
	short [32][]int32
}

type node struct {
	first int32 // of the texts that end in this run; -1 is none
	gaps  int32 // first of what may follow
}

// textGap is what stands between two runs of a text.
type textGap struct {
	steps []byte
	joins bool
	next  int32
}

// looseLetters is how many letters find a loose text.
const looseLetters = 4

func newTree(texts int) tree {
	return tree{index: newIndex32(4 * texts), loose: newIndex32(texts), nodes: append(make([]node, 0, 4*texts), node{-1, -1})}
}

func hashByte(h uint32, c byte) uint32 { return (h ^ uint32(c)) * 16777619 }

func hashStart(node, gap int32) uint32 { return uint32(node+1)*0x9e3779b1 ^ uint32(gap+2)*0x85ebca6b }

// plant puts a text into the tree and says whether it is a loose one.
func (s *Scanner) plant(k int32) (loose bool) {
	t, p := &s.tree, &s.texts[k]
	if bytes.IndexByte(p.steps, stepAny) >= 0 {
		s.plantLoose(k)
		return true
	}
	at, gap := int32(0), int32(-1)
	for i := 0; ; {
		h := hashStart(at, gap)
		for i < len(p.steps) && isAlnum(p.steps[i]) {
			h = hashByte(h, p.steps[i])
			i++
		}
		next := t.index.find(h)
		if next < 0 {
			next = int32(len(t.nodes))
			t.nodes = append(t.nodes, node{-1, -1})
			t.grow(h, next)
		}
		at = next
		from := i
		for i < len(p.steps) && !isAlnum(p.steps[i]) {
			i++
		}
		if i == len(p.steps) {
			p.next, t.nodes[at].first = t.nodes[at].first, k
			return false
		}
		gap = t.gap(at, p.steps[from:i], p.joins)
	}
}

// grow puts a node into the index, in a larger one if that is half full.
func (t *tree) grow(h uint32, id int32) {
	if 2*len(t.nodes) > len(t.index.slots) {
		larger := newIndex32(2 * len(t.nodes))
		for _, s := range t.index.slots {
			if s.head != 0 {
				larger.add(s.key, s.head-1)
			}
		}
		t.index = larger
	}
	t.index.add(h, id)
}

// gap returns the gap behind a node that has these steps.
func (t *tree) gap(at int32, steps []byte, joins bool) int32 {
	for g := t.nodes[at].gaps; g >= 0; g = t.gaps[g].next {
		if t.gaps[g].joins == joins && string(t.gaps[g].steps) == string(steps) {
			return g
		}
	}
	t.gaps = append(t.gaps, textGap{steps, joins, t.nodes[at].gaps})
	t.nodes[at].gaps = int32(len(t.gaps) - 1)
	return t.nodes[at].gaps
}

func (s *Scanner) plantLoose(k int32) {
	p := &s.texts[k]
	h, n := uint32(0), 0
	for _, c := range p.steps {
		if isAlnum(c) {
			h = hashByte(h, c)
			n++
		} else if c != stepAny {
			break
		}
		if n == looseLetters {
			p.next = s.tree.loose.add(h, k)
			return
		}
	}
	s.tree.short[p.steps[0]&31] = append(s.tree.short[p.steps[0]&31], k)
}

// maxGaps bounds what is skipped before looseLetters are met: between two of
// them match skips junk once, then at most maxJunk of what splits a word.
const maxGaps = 2 * (looseLetters - 1)

// looseAt looks for the loose texts that begin at the word at i.
func (sc *scan) looseAt(v *view, b []byte, i int) {
	sc.tryAll(v, b, i, sc.tree.short[b[i]&31])
	h := uint32(0)
	for n, gaps, k := 0, 0, i; k < len(b); {
		if !isAlnum(b[k]) {
			next := skipJunk(b, k)
			if gaps++; next == k || gaps > maxGaps {
				return
			}
			k = next
			continue
		}
		h = hashByte(h, lower(b[k]))
		k++
		if n++; n == looseLetters {
			for k := sc.tree.loose.find(h); k >= 0; k = sc.texts[k].next {
				sc.try(v, b, i, k)
			}
			return
		}
	}
}

// climb looks for the texts that begin at start: it goes on from a node, behind
// a gap, with the run at i, which may be split by what is not seen.
func (sc *scan) climb(v *view, b []byte, start, i int, at, gap int32) {
	t := &sc.tree
	h := hashStart(at, gap)
	for n := 0; ; {
		for ; i < len(b) && isAlnum(b[i]); i++ {
			h = hashByte(h, lower(b[i]))
		}
		if id := t.index.find(h); id >= 0 {
			for k := t.nodes[id].first; k >= 0; k = sc.texts[k].next {
				sc.try(v, b, start, k)
			}
			for g := t.nodes[id].gaps; g >= 0; g = t.gaps[g].next {
				if j := skipAllSoft(b, matchSteps(t.gaps[g].steps, t.gaps[g].joins, b, i)); j >= 0 && j < len(b) && isAlnum(b[j]) {
					sc.climb(v, b, start, j, id, g)
				}
			}
		}
		from := i // a tag may end, and a line, and another tag begin
		for j := skipSoft(b, i); j > i && n < maxJunk; n++ {
			i, j = j, skipSoft(b, j)
		}
		if i == from || i == len(b) || !isAlnum(b[i]) {
			return
		}
	}
}

// skipAllSoft skips softs from i on, if i is a place at all.
func skipAllSoft(b []byte, i int) int {
	for n := 0; n < maxJunk && i >= 0; n++ {
		j := skipSoft(b, i)
		if j == i {
			break
		}
		i = j
	}
	return i
}

func (sc *scan) tryAll(v *view, b []byte, i int, texts []int32) {
	for _, k := range texts {
		sc.try(v, b, i, k)
	}
}

// try looks whether a text stands at i.
func (sc *scan) try(v *view, b []byte, i int, k int32) {
	p := &sc.texts[k]
	end := p.match(b, i)
	if end < 0 || !p.bounded(b, i, end) || !p.exact(b, i, end) || p.near && !announced(b, i, accountWords) {
		return
	}
	if !sc.keptCovers(p, b, i, end) {
		sc.hit(v, p.value, p.rule, i)
	}
}

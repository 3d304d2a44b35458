package iodef

import (
	"slices"
	"strings"
	"sync"
)

// PathInfo is one place in a schema where a value may stand.
type PathInfo struct {
	Path  string // /IODEF-Document/Incident/Contact/@role: names without numbers
	Attr  string // the attribute's name, "" for the text of the element
	Class Class  // "" if another attribute decides it (Address, RecordItem, …)
	steps []*decl
}

// Free tells whether any text may stand there: neither an enumeration nor a
// form such as a number or a time.
func (p PathInfo) Free() bool {
	if t := p.simple(); t != nil {
		return t.values == nil && t.check == nil
	}
	return true // mixed content
}

func (p PathInfo) simple() *simpleType {
	d := p.steps[len(p.steps)-1]
	if p.Attr == "" {
		return d.text
	}
	return p.attr().typ
}

func (p PathInfo) attr() *attrDecl {
	d := p.steps[len(p.steps)-1]
	for i := range d.attrs {
		if d.attrs[i].label() == p.Attr {
			return &d.attrs[i]
		}
	}
	return nil
}

// Paths gives every place of a version where a value may stand, in the order
// of the schema. A class stands inside itself once at most (EventData in
// EventData), else not again on a path; what an Observable holds is listed
// once, under the first Observable. Foreign content is not listed.
func Paths(v Version) []PathInfo {
	if v == V2 {
		return pathsV2()
	}
	return pathsV1()
}

var (
	pathsV1 = sync.OnceValue(func() []PathInfo { return listPaths(spaceV1) })
	pathsV2 = sync.OnceValue(func() []PathInfo { return listPaths(spaceV2) })
)

// HasPath reports whether a value may stand at a path, written as in PathInfo,
// in one of the versions. Unlike Paths it follows a class into itself as often
// as the path does.
func HasPath(path string) bool {
	return hasPath(spaceV1, path) || hasPath(spaceV2, path)
}

func hasPath(space, path string) bool {
	steps := strings.Split(strings.TrimPrefix(path, "/"), "/")
	d := tables().decls[space]["IODEF-Document"]
	if d == nil || steps[0] != d.name {
		return false
	}
	for i, step := range steps[1:] {
		if name, ok := strings.CutPrefix(step, "@"); ok {
			return i == len(steps)-2 && slices.ContainsFunc(d.attrs, func(a attrDecl) bool { return a.label() == name })
		}
		if d = d.child(step); d == nil {
			return false
		}
	}
	return d.text != nil || d.mixed
}

// child is the class of that name which may stand in d.
func (d *decl) child(name string) *decl {
	if d.model == nil {
		return nil
	}
	for _, p := range d.model.positions {
		if p.kind == oneElement && p.decl != nil && p.decl.name == name {
			return p.decl
		}
	}
	return nil
}

func listPaths(space string) []PathInfo {
	l := &pathLister{}
	if root := tables().decls[space]["IODEF-Document"]; root != nil {
		l.list("", root, nil)
	}
	return l.paths
}

type pathLister struct {
	paths      []PathInfo
	observable bool // listed
}

func (l *pathLister) list(path string, d *decl, above []*decl) {
	path += "/" + d.name
	steps := append(above[:len(above):len(above)], d)
	for i := range d.attrs {
		a := &d.attrs[i]
		l.paths = append(l.paths, PathInfo{path + "/@" + a.label(), a.label(), a.class, steps})
	}
	if d.text != nil || d.mixed {
		l.paths = append(l.paths, PathInfo{path, "", d.class.class, steps})
	}
	if d.model == nil {
		return
	}
	if d.name == "Observable" {
		if l.observable {
			return
		}
		l.observable = true
	}
	seen := map[*decl]bool{}
	for _, p := range d.model.positions {
		if p.kind != oneElement || p.decl == nil || seen[p.decl] || repeats(steps, p.decl) {
			continue
		}
		seen[p.decl] = true
		l.list(path, p.decl, steps)
	}
}

// repeats tells whether next may not follow: it stands above already, other
// than as the direct and only repetition.
func repeats(steps []*decl, next *decl) bool {
	n := 0
	for _, d := range steps {
		if d == next {
			n++
		}
	}
	return n > 1 || n == 1 && steps[len(steps)-1] != next
}

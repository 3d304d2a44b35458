package disclosure

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// The parties and the report of the worked examples (section 10 of the model).

var now = time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)

const exampleLog = `Nov 20 12:14:07 www sshd[812]: Failed password for root from 198.51.100.77 port 40122 ssh2
Nov 20 12:14:09 www sshd[812]: Connection from 198.51.100.77 to 203.0.113.25:22 (r-203-0-113-25.example.co.jp)
Nov 20 12:15:31 www proxy: 192.0.2.200 CONNECT 198.51.100.77:443
`

func nets(list ...string) (out []netip.Prefix) {
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

func certU() Party {
	return Party{ID: "cert-u", Names: []string{"CERT-U"}, Addresses: []string{"soc@example.co.jp"}, HasKey: true,
		Networks: nets("203.0.113.0/24"), Domains: []string{"example.co.jp"}, Relation: OwnConstituency, Channel: OpenPGP}
}

func orgV() Party {
	return Party{ID: "org-v", Networks: nets("192.0.2.0/24"), Relation: OwnConstituency, HasKey: true, Channel: OpenPGP}
}

func ispR(ch Channel) Party {
	return Party{ID: "isp-r", Networks: nets("198.51.100.0/24"), Relation: AbuseDesk, Channel: ch}
}

func csirtN() Party {
	return Party{ID: "csirt-n", Relation: CSIRT, TI: 2, Trust: 2, HasKey: true, Channel: OpenPGP}
}

func conditions(t testing.TB, text string) *Conditions {
	t.Helper()
	c, found, err := ParseConditions(text)
	if err != nil || !found {
		t.Fatalf("conditions %q: found %v, %v", text, found, err)
	}
	return &c
}

func block(lines ...string) string {
	return beginMark + "\n" + strings.Join(lines, "\n") + "\n" + endMark + "\n"
}

func policy(t testing.TB, text string) *Policy {
	t.Helper()
	p, err := ParsePolicy([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func report(p Party, c *Conditions) Report {
	return Report{Name: "12", Party: p, Evidence: Signed, Conditions: c, Expects: SourceSite}
}

// take adds a cell, and whose its value is.
func (in *Input) take(c Cell, owner Owner, of int32) {
	in.Cells, in.Owners = append(in.Cells, c), append(in.Owners, Whose{owner, of})
}

// scene builds an Input the way a caller does.
type scene struct {
	in     Input
	owners *Ownership
	names  []NamedParty
	texts  map[int]string // by container
	spans  map[int]Token  // by cell in a text
}

func newScene(to Party, st Stage, roles Roles, reports ...Report) *scene {
	s := &scene{texts: map[int]string{}, spans: map[int]Token{}, names: []NamedParty{{Names: []string{"CERT-U"}, Domains: []string{"example.co.jp"}}}}
	s.in = Input{Recipient: to, Stage: st, Roles: roles, Reports: reports, Now: now,
		Parties: []Party{certU(), orgV(), ispR(VerifiedTLS), csirtN()}}
	s.owners = NewOwnership(reports, to, Party{ID: "gw", Domains: []string{"gw.example.org"}})
	return s
}

func (s *scene) add(path string, class Class, value string, rep int, near ...int) int {
	if v, ok := Canonical(class, value); ok {
		value = v
	}
	c := Cell{Path: path, Class: class, Value: value, Report: int32(rep), Marking: s.in.Reports[rep].Marking}
	for _, n := range near {
		s.in.Cells[n].Node, c.Node = int32(n+1), int32(n+1)
	}
	whose := s.owners.Of(class, value, int32(rep))
	s.in.take(c, whose.Owner, whose.Of)
	return len(s.in.Cells) - 1
}

// accuse adds a source address.
func (s *scene) accuse(class Class, value string, rep int) int {
	s.owners.Accuse(class, value)
	return s.add("EventData[1]/Flow[1]/System[source]/Node/Address[1]", class, value, rep)
}

// node adds a target System with a name and an address in one Node.
func (s *scene) node(name, addr string, rep int) (int, int) {
	n := s.add("EventData[1]/Flow[1]/System[target]/Node/DomainData/Name", ClassHostname, name, rep)
	a := s.add("EventData[1]/Flow[1]/System[target]/Node/Address[1]", ClassAddress, addr, rep, n)
	return n, a
}

// text adds a log or description with the values in it.
func (s *scene) text(class Class, text string, rep int) int {
	box := s.add("EventData[1]/Record/RecordData/RecordItem[1]", class, "", rep)
	s.texts[box] = text
	for _, t := range Recognise(text, s.names) {
		line := 1 + strings.Count(text[:t.Start], "\n")
		k := s.add(fmt.Sprintf("%s#%d.%d", s.in.Cells[box].Path, line, t.Start), t.Class, t.Value, rep)
		s.in.Cells[k].In, s.in.Cells[k].Lines = int32(box+1), []int32{int32(line)}
		s.spans[k] = t
	}
	return box
}

// render writes a log as a caller would from the decisions.
func (s *scene) render(r *Result, box int) string {
	var l LogDecision
	for _, d := range r.Logs {
		if d.Cell == box {
			l = d
		}
	}
	if l.Action == Drop || l.Action == Summary {
		return l.Action.String()
	}
	var out []string
	start := 0
	for n, line := range strings.Split(strings.TrimSuffix(s.texts[box], "\n"), "\n") {
		if !contains(l.Removed, n+1) && (!l.Extract || contains(l.Lines, n+1)) {
			out = append(out, s.line(r, box, start, start+len(line)))
		}
		start += len(line) + 1
	}
	return strings.Join(out, "\n")
}

func (s *scene) line(r *Result, box, from, to int) string {
	var b strings.Builder
	text := s.texts[box]
	for k := range s.in.Cells {
		t, ok := s.spans[k]
		if !ok || int(s.in.Cells[k].In) != box+1 || t.Start < from || t.End > to {
			continue
		}
		b.WriteString(text[from:t.Start])
		switch a := r.Decisions[k].Action; a.Kind() {
		case KindKeep:
			b.WriteString(text[t.Start:t.End])
		case KindPseudonymise:
			b.WriteString("host-a")
		default:
			b.WriteString(WithheldToken(t.Class, t.Value))
		}
		from = t.End
	}
	return b.String() + text[from:to]
}

func contains(list []int, n int) bool {
	for _, m := range list {
		if m == n {
			return true
		}
	}
	return false
}

// example is the report of section 10: source, target, time, kind, log.
type example struct {
	*scene
	source, name, target, at, kind, action, log int
}

func newExample(to Party, st Stage, roles Roles, reports ...Report) *example {
	e := &example{scene: newScene(to, st, roles, reports...)}
	e.source = e.accuse(ClassAddress, "198.51.100.77", 0)
	e.name, e.target = e.node("www.example.co.jp", "203.0.113.25", 0)
	e.at = e.add("EventData[1]/StartTime", ClassTime, "2026-11-20T12:14:07+09:00", 0)
	e.kind = e.add("@purpose", ClassType, "mitigation", 0)
	e.action = e.add("EventData[1]/Expectation/@action", ClassAction, "contact-source-site", 0)
	e.add("Contact[1]/ContactName", ClassOrg, "CERT-U", 0)
	e.add("Contact[1]/Email/EmailTo", ClassEmail, "soc@example.co.jp", 0)
	e.add("IncidentID", ClassID, "U-4711", 0)
	e.log = e.text(ClassLog, exampleLog, 0)
	return e
}

// wants checks the actions of cells, each as "index=action".
func wants(t *testing.T, r *Result, want map[int]Action) {
	t.Helper()
	for i, a := range want {
		if r.Decisions[i].Action != a {
			t.Errorf("cell %d is %s, want %s\n%s", i, r.Decisions[i].Action, a, r.Explain(i))
		}
	}
}

package iodef

import (
	"math"
	"strconv"
	"strings"
)

func checkNode(c *checker, e *Element) {
	if e.Child("NodeName") == nil && e.Child("DomainData") == nil && e.Child("Address") == nil {
		c.must(e, "NODE-EMPTY", "Node has neither a name nor an Address")
	}
}

func checkAddress(c *checker, e *Element) {
	category := e.AttrDefault("category")
	text := trimBlank(e.Text())
	if !isAddress(category, text) {
		c.should(e, "ADDR-FORM", "the address is not of category %s", quote(category))
	}
	if e.parent != nil && e.parent.name == "Nameservers" && e.space == spaceV2 && category != "ipv4-addr" && category != "ipv6-addr" {
		c.must(e, "NS-ADDR", "the Address of a name server has category ipv4-addr or ipv6-addr, not %s", quote(category))
	}
}

func checkDomain(c *checker, e *Element) {
	for _, name := range [...]string{"system-status", "domain-status"} {
		if _, ok := e.Attr(name); !ok {
			c.must(e, "DOMAIN-STATUS", "attribute %s is missing; write unknown if it is not known", name)
		}
	}
}

func checkSoftwareReference(c *checker, e *Element) {
	if _, ok := e.Attr("dtype"); !ok && e.AttrDefault("spec-name") == "custom" {
		c.must(e, "SOFT-DTYPE", "spec-name is custom; say in dtype how the content is to be read")
	}
}

func checkService(c *checker, e *Element) {
	protocol := "ip-protocol"
	if e.space == spaceV1 {
		protocol = "ip_protocol"
		if e.Child("Port") == nil && e.Child("Portlist") == nil {
			c.must(e, "SERVICE-PORT", "Service has neither Port nor Portlist")
		}
	} else if e.first == nil {
		c.must(e, "SERVICE-EMPTY", "Service is empty; name the service or its port")
	}
	number, ok := e.Attr(protocol)
	if ok && !inRange(number, 0, 255) {
		c.should(e, "PORT-RANGE", "%s is %s; IP protocol numbers go from 0 to 255", protocol, quote(number))
	}
	for x := e.first; x != nil; x = x.next {
		switch x.name {
		case "Port":
			if !inRange(x.Text(), 0, 65535) {
				c.should(x, "PORT-RANGE", "ports go from 0 to 65535")
			}
		case "Portlist":
			if n, fine := portCount(x.Text()); n > 0 && !fine {
				c.should(x, "PORT-RANGE", "ports go from 0 to 65535, ranges from the lower to the higher")
			}
		case "ProtoType", "ProtoCode", "ProtoField":
			if !inRange(x.Text(), 0, math.MaxInt32) {
				c.should(x, "PORT-RANGE", "%s is negative or too large", x.name)
			}
		default:
			continue
		}
		if e.space == spaceV2 && !ok {
			c.must(e, "SERVICE-PROTO", "%s says nothing without the attribute ip-protocol", x.name)
			ok = true
		}
	}
}

// inRange tells whether an integer lies between low and high. What is no
// integer is a matter of the schema and passes.
func inRange(text string, low, high int64) bool {
	text = trimBlank(text)
	if !isInteger(text) {
		return true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return err == nil && n >= low && n <= high
}

// portCount counts the ports of a list, and tells whether all are ports and
// all ranges ascend. 0 if it is no list.
func portCount(list string) (int, bool) {
	list = trimBlank(list)
	if !isPortlist(list) {
		return 0, false
	}
	total, fine := 0, true
	for part := range strings.SplitSeq(list, ",") {
		low, high, ranged := strings.Cut(part, "-")
		if !ranged {
			high = low
		}
		a, errA := strconv.ParseUint(low, 10, 16)
		b, errB := strconv.ParseUint(high, 10, 16)
		if errA != nil || errB != nil || b < a {
			fine = false
			total++
			continue
		}
		total += int(b-a) + 1
	}
	return total, fine
}

// checkFlow: the ports of a list belong together one by one (RFC 5070 section
// 3.17, RFC 7970 section 3.20).
func checkFlow(c *checker, e *Element) {
	sources, targets, most := 0, 0, 0
	var from, to []int // lengths of the port lists
	for s := e.first; s != nil; s = s.next {
		category := s.AttrDefault("category")
		ports := &from
		switch category {
		case "source":
			sources++
		case "target":
			targets++
			ports = &to
		default:
			continue
		}
		for service := s.first; service != nil; service = service.next {
			if service.name != "Service" {
				continue
			}
			if list := service.Child("Portlist"); list != nil {
				n, _ := portCount(list.Text())
				*ports = append(*ports, n)
				most = max(most, n)
			}
		}
	}
	for i := range min(len(from), len(to)) {
		if from[i] != to[i] {
			c.must(e, "PORT-PAIR", "the Portlist of the source has %d ports, that of the target %d; they belong together one by one", from[i], to[i])
			break
		}
	}
	if e.space == spaceV2 && most > 1 && (sources > 1 || targets > 1) {
		c.must(e, "PORT-PAIR", "a Flow with more than one port has one source and one target System, not %d and %d", sources, targets)
	}
}

package iodef

import "strings"

func checkIndicator(c *checker, e *Element) {
	c.timeOrder(e)
}

func checkObservable(c *checker, e *Element) {
	if e.first == nil || e.first.next != nil {
		c.must(e, "OBS-ONE", "Observable has exactly one child")
	}
}

func checkObservableReference(c *checker, e *Element) {
	ref, ok := e.Attr("uid-ref")
	if !ok {
		return
	}
	if at := c.idOwner(ref); at != nil && at.name == "IndicatorID" {
		c.must(e, "XML-IDREF", "uid-ref names an IndicatorID; an ObservableReference names an observable-id")
	}
}

func checkIndicatorReference(c *checker, e *Element) {
	ref, has := e.Attr("uid-ref")
	if _, ok := e.Attr("euid-ref"); !has && !ok {
		c.must(e, "INDREF-ONE", "IndicatorReference needs uid-ref or euid-ref")
	}
	if at := c.idOwner(ref); has && at != nil && at.name != "IndicatorID" {
		c.must(e, "XML-IDREF", "uid-ref names an observable-id; an IndicatorReference names an IndicatorID")
	}
}

// idOwner finds the element that has an identifier.
func (c *checker) idOwner(ref string) *Element { return c.doc.ids[trimBlank(ref)] }

func checkExpression(c *checker, e *Element) {
	operands, confidences := 0, 0
	for x := e.first; x != nil; x = x.next {
		switch x.name {
		case "Confidence":
			confidences++
		case "IndicatorExpression", "Observable", "ObservableReference", "IndicatorReference":
			operands++
		}
	}
	if operands != 1 && e.AttrDefault("operator") == "not" {
		c.must(e, "EXPR-NOT", "the operator not has exactly one operand, not %d", operands)
	}
	if confidences > 0 && operands > 1 {
		c.must(e, "CONF-AMBIG", "it is not clear which operand Confidence is about; it is ignored")
	}
}

func checkBulk(c *checker, e *Element) {
	kind := e.AttrDefault("type")
	list := e.Child("BulkObservableList")
	if kind == "file-hash" {
		format := e.Child("BulkObservableFormat")
		if format == nil || format.Child("Hash") == nil {
			c.must(e, "BULK-HASH", "type is file-hash; say in BulkObservableFormat/Hash how the hashes were made")
		}
	}
	if list == nil {
		return
	}
	if list.first != nil {
		c.should(list, "BULK-LINES", "BulkObservableList holds lines of text, no elements")
		return
	}
	n := 0
	for line := range strings.SplitSeq(trimBlank(list.Text()), "\n") {
		n++
		if !isBulkLine(kind, trimBlank(line)) {
			c.should(list, "BULK-LINES", "line %d of the list is not of type %s", n, quote(kind))
			return
		}
	}
}

func checkBulkFormat(c *checker, e *Element) {
	if e.first == nil {
		c.must(e, "BULKFMT-EMPTY", "BulkObservableFormat is empty; give Hash or AdditionalData")
	}
}

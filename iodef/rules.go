package iodef

// ruleState is what the rules remember between elements.
type ruleState struct{}

func bindRules(t *table) {}

func (c *checker) document() {}

func (c *checker) rules(e *Element) {}

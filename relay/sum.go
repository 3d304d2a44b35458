package relay

import (
	"fmt"

	"iodefgw/mailgw/message"
	"iodefgw/relay/leak"
)

// sum looks at all that the recipient was ever told on the ticket as at one
// message: what is withheld from each of them must not follow from them
// together (disclosure.md 8, 3). What an earlier message told by itself was
// allowed then and stops nothing now; an earlier message that cannot be looked
// at proves nothing, and the new one waits for a person.
func (n *Notice) sum(scanner *leak.Scanner) {
	if len(n.Recipient.Sent) == 0 {
		return
	}
	told := map[int]bool{}
	var letters, documents string
	for _, plain := range append(n.Recipient.Sent[:len(n.Recipient.Sent):len(n.Recipient.Sent)], n.Plain) {
		alone := scanner.Scan(plain)
		if alone.Err != nil {
			n.unproved(alone.Err)
			return
		}
		for _, f := range alone.Findings {
			told[f.ID] = true
		}
		message.Parse(plain).Root.Walk(func(p *message.Part) bool {
			switch text, err := p.Text(); {
			case err != nil || len(p.Children) > 0:
			case p.Type == "text/plain":
				letters += text
			default:
				documents += text
			}
			return true
		})
	}
	together, err := message.Entity(letters + "\n" + documents + "\n")
	if err != nil {
		n.unproved(err)
		return
	}
	joined := scanner.Scan(append([]byte("MIME-Version: 1.0\r\n"), together...))
	if joined.Err != nil {
		n.unproved(joined.Err)
		return
	}
	for _, f := range joined.Findings {
		if !told[f.ID] {
			n.Leaks = append(n.Leaks, fmt.Sprintf("%s as %s in all messages together", n.material.path(f.ID), f.Rule))
		}
	}
}

// Package leak proves that a finished message carries none of a set of
// withheld values. It imports nothing of ours and shares no code with the
// redactor: whatever the redactor got wrong, it must not get wrong here too.
package leak

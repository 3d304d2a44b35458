//go:build race

package pgp

// Under the race detector more of what lives briefly is allocated.
func init() { mayAllocate = 2 * mayAllocate }

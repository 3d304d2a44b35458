package main

import "context"

func (d *demo) show(ctx context.Context) error { return nil }
func demoTry(s *demoSite) string               { return "" }

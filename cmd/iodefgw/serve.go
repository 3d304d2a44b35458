package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

// runServe is the daemon: it works until SIGTERM or SIGINT, and takes up
// changed policy and letters at once at SIGHUP.
func runServe(env *Env, args []string) error {
	flags := flagSet()
	config := configFlag(env, flags)
	if _, err := parseN(flags, args); err != nil {
		return err
	}
	c, err := ReadConfig(*config)
	if err != nil {
		return err
	}
	if err := c.Serves(); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	listener, err := listen(c.HTTP.Addr)
	if err != nil {
		return err
	}
	d, err := newDaemon(ctx, env, c, env.logger(c), true)
	if err != nil {
		if listener != nil {
			_ = listener.Close()
		}
		if ctx.Err() != nil {
			return nil // stopped before it had begun
		}
		return err
	}
	d.listener = listener
	defer d.onHangup()()
	d.log.Info("start", "imap", c.IMAP.Addr, "smtp", c.SMTP.Addr, "parties", len(d.gateway.Current().Parties.All))
	env.notify("READY=1")
	defer context.AfterFunc(ctx, func() { env.notify("STOPPING=1") })()
	err = d.run(ctx)
	d.log.Info("stop")
	if cerr := d.close(); err == nil && cerr != nil {
		err = fmt.Errorf("close database: %w", cerr)
	}
	return err
}

// onHangup makes SIGHUP a wish to reload, until the returned function is called.
func (d *daemon) onHangup() (end func()) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for range hangups {
			select {
			case d.hangup <- struct{}{}:
			default: // one is on its way
			}
		}
	}()
	return func() { signal.Stop(hangups); close(hangups); <-ended }
}

// logger writes what the config asks for to standard error.
func (env *Env) logger(c *Config) *slog.Logger {
	o := &slog.HandlerOptions{Level: c.Log.Level}
	if c.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(env.Stderr, o))
	}
	return slog.New(slog.NewTextHandler(env.Stderr, o))
}

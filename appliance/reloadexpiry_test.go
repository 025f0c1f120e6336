package appliance

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"vxwall/appliance/admin"
)

// expiredDaemon has a rule in force whose time is over.
func expiredDaemon(t *testing.T) *running {
	cfg := DefaultConfig()
	cfg.Rules.Paths = []string{t.TempDir() + "/rules.toml"}
	writeFile(t, cfg.Rules.Paths[0], boxRules)
	r := &running{
		Daemon: &Daemon{Config: cfg, Log: slog.New(slog.DiscardHandler)}, policies: NewPolicies(),
		reloads: make(chan string, 1), expiries: make(chan string, 1), quit: make(chan struct{}),
	}
	r.use(checkText(t, boxRules+"expires = 2026-01-02T00:00:00Z\n"))
	return r
}

// TestHangupBesideExpiry: a reload that is asked for while a rule is about to end
// is done, too; and the rule ends once, however often it was noticed.
func TestHangupBesideExpiry(t *testing.T) {
	r := expiredDaemon(t)
	request(r.expiries, whyExpiry)
	r.reloading.Lock() // a long reload is under way
	r.helpers.Go(r.reloadOnRequest)
	for deadline := time.Now().Add(10 * time.Second); len(r.expiries) > 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	request(r.expiries, whyExpiry)
	request(r.reloads, "SIGHUP")
	r.reloading.Unlock()
	for deadline := time.Now().Add(10 * time.Second); len(r.expiries)+len(r.reloads) > 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	close(r.quit)
	r.helpers.Wait()
	if last := r.result.Load(); last == nil || r.policies.Latest() != 3 || last.Why != "SIGHUP" {
		t.Errorf("policy %d, last reload %+v", r.policies.Latest(), last)
	}
}

// TestExpiryAfterRefusal: that a rule ends does not hide that the files were
// refused.
func TestExpiryAfterRefusal(t *testing.T) {
	r := expiredDaemon(t)
	refused := &admin.Reload{Error: "no such file"}
	r.result.Store(refused)
	r.expire()
	r.expire()
	if got := r.attention(&snapshot{}); len(got) != 1 || !strings.Contains(got[0], "was refused, and policy 2-") {
		t.Error(got)
	}
	if r.policies.Latest() != 2 || r.expired(time.Now()) || r.result.Load() != refused {
		t.Errorf("policy %d, last reload %+v", r.policies.Latest(), r.result.Load())
	}
}

// TestExpiryAfterChange: nor that the configuration waits for a restart.
func TestExpiryAfterChange(t *testing.T) {
	r := expiredDaemon(t)
	r.result.Store(&admin.Reload{Good: true, Configuration: "changed"})
	r.expire()
	if last := r.result.Load(); last.Why != whyExpiry || last.Configuration != "changed" {
		t.Errorf("%+v", last)
	}
}

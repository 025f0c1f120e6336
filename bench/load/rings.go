package load

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"vxwall/bench/ready"
)

// Rings is the AF_XDP link of vxwall with the least behind it, as a process of its own:
// what the ACL costs is what lies between this and vxwall. See ServeRings.
type Rings struct {
	inWire
	Program string   // path of vxwall
	Args    []string // that make it call ServeRings
}

// Name is "rings".
func (Rings) Name() string { return "rings" }

// ringsReady is how long it may take to open the link.
const ringsReady = 10 * time.Second

// Start runs the process until its link is open.
func (r Rings) Start(ctx context.Context, t *Topology) (func() error, error) {
	var u undo
	dir, remove, err := temporary()
	if err != nil {
		return nil, err
	}
	u.add(remove)
	notify, err := ready.Listen(filepath.Join(dir, "notify"))
	if err != nil {
		return u.orUndo(err)
	}
	u.add(notify.Close)
	c, err := startChild(t.Wall, []string{notify.Environment()}, r.Program, r.Args...)
	if err != nil {
		return u.orUndo(err)
	}
	u.add(c.stop)
	if err := c.await(ctx, ringsReady, notify.Ready); err != nil {
		return u.orUndo(fmt.Errorf("start rings: %w", err))
	}
	return u.orUndo(t.Settle())
}

package doctor

import (
	"context"
	"time"

	"vxwall/appliance/admin"
)

// askTime is how long to wait for the answer of a vxwall that runs.
const askTime = 3 * time.Second

func askDaemon(ctx context.Context, socket string) (*admin.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	s, err := admin.NewClient(socket).Status(ctx)
	if err != nil {
		return nil, err
	}
	return &s, nil
}

func lookDaemon(_ context.Context, p *patient) []Finding {
	socket := p.Config.Admin.Socket
	if p.daemon == nil && p.File == "" {
		return one(NotChecked, socket, "no configuration says where its socket is, and none answers there")
	}
	if p.daemon == nil {
		f := finding(Warning, socket, "%v", p.asked)
		return []Finding{f.mend(startCommand(p.File))}
	}
	list := one(OK, socket, "vxwall %s runs, pid %d, %s mode, policy %s", p.daemon.Version, p.daemon.PID, p.daemon.Mode, p.daemon.Policy.Revision)
	for _, text := range p.daemon.Attention {
		list = append(list, finding(Warning, socket, "it says: %s", text))
	}
	return list
}

// startCommand starts vxwall: as a service if there is one.
func startCommand(file string) string {
	if exists("/etc/systemd/system/vxwall.service") || exists("/lib/systemd/system/vxwall.service") {
		return "systemctl start vxwall"
	}
	return shell("vxwall run --config %s", file)
}

package doctor

import (
	"context"
	"errors"
	"strings"

	"vxwall/appliance/link/nfqueue"
)

// lookQueueRules is about the rules without which no packet comes to be judged.
func lookQueueRules(_ context.Context, p *patient) (list []Finding) {
	if p.mode() != nfqueueMode {
		return nil
	}
	queues := p.Config.Queues()
	found, err := nfqueue.Look(&queues)
	if lacks := new(nfqueue.ConfigError); errors.As(err, &lacks) {
		if !queues.Rules {
			return one(NotChecked, "", "%s: who queues packets is not known", lacks.Why)
		}
		return []Finding{finding(Problem, "", "%s", lacks.Why).mend("apt-get install iptables").advise("%s", lacks.Fix)}
	}
	if err != nil {
		return one(NotChecked, "", "%v", err)
	}
	for i := range found {
		if queues.Rules {
			list = append(list, p.judgeRules(&found[i], &queues))
		} else {
			list = append(list, p.judgeOthers(&found[i], &queues))
		}
	}
	return list
}

// judgeRules is about rules that vxwall makes itself.
func (p *patient) judgeRules(f *nfqueue.Found, c *nfqueue.Config) Finding {
	running := p.daemon != nil && p.daemon.Mode == nfqueueMode
	fate := "passes uninspected"
	if c.OnDeath == nfqueue.Drop {
		fate = "is dropped"
	}
	switch {
	case running && len(f.Missing) > 0:
		return finding(Problem, f.Program, "somebody removed rules, and VXLAN passes uninspected: %s", strings.Join(f.Missing, "; ")).
			mend(f.Commands(c)...)
	case running && len(f.Others) > 0:
		return finding(Warning, f.Program, "others have rules that lead to the same queue: %s", strings.Join(f.Others, "; ")).
			advise("without need for them, remove them: a packet is judged twice")
	case running:
		return finding(OK, f.Program, "all rules that queue VXLAN are there")
	case f.Any:
		return finding(Warning, f.Program, "the rules of a vxwall that does not run are there: VXLAN %s", fate).
			advise("start vxwall; or, to remove them: %s", shell("vxwall detach --config %s", p.File))
	}
	return finding(OK, f.Program, "vxwall makes its rules when it starts")
}

// judgeOthers is about rules that others make ([nfqueue] rules = "none").
func (p *patient) judgeOthers(f *nfqueue.Found, c *nfqueue.Config) Finding {
	if f.Any {
		return finding(Warning, f.Program, "rules = \"none\", but rules that vxwall made are there").
			advise("set rules = \"install\" under [nfqueue]; or remove the chains VXWALL-INPUT, VXWALL-OUTPUT and VXWALL-FORWARD of the table mangle")
	}
	if len(f.Others) > 0 {
		return finding(OK, f.Program, "rules lead to queue %d: %s", c.Queue, strings.Join(f.Others, "; "))
	}
	return finding(Warning, f.Program, "rules = \"none\", and no rule leads to queue %d: nothing is judged, unless nftables queues it", c.Queue).
		advise("`vxwall run --check` prints such rules")
}

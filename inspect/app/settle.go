package app

import "vxwall/pipeline/flow"

// settle reports what an update brought, once the stages have looked, and releases
// the transactions that are over.
func (t *Tracker) settle(u *Update) {
	s := u.Session
	if t.log != nil {
		t.tell(u, nil, &s.events, &s.told)
	}
	done, open := 0, false
	for _, tx := range u.Txs {
		t.report(u, tx)
		if tx.Changed != [2]bool{} {
			tx.seen()
		}
		if open = open || !tx.Done(); !open {
			done++
		}
	}
	if done > 0 {
		t.release(s, u.Txs[:done])
	}
}

// seen says that the stages looked at what changed.
func (t *Tx) seen() {
	t.Changed = [2]bool{}
	if s, ok := t.Content.(Seer); ok {
		s.Seen()
	}
}

// release ends transactions.
func (t *Tracker) release(s *Session, over []*Tx) {
	for _, f := range t.releases {
		for _, tx := range over {
			f(tx)
		}
	}
	s.parser.Release(len(over))
}

// drop ends the session's parser, and the transactions that it still has.
func (t *Tracker) drop(s *Session) {
	if s.parser == nil {
		return
	}
	if open := s.parser.Transactions(); len(open) > 0 {
		t.release(s, open)
	}
	s.parser.Close()
	s.protocol, s.parser = nil, nil
}

// report tells the log about a transaction.
func (t *Tracker) report(u *Update, tx *Tx) {
	if t.log == nil || tx.Changed == [2]bool{} && !u.Final {
		return
	}
	t.tell(u, tx, &tx.Events, &tx.told)
	for dir := flow.ToResponder; dir <= flow.ToInitiator; dir++ {
		for _, f := range tx.Files(dir) {
			if f.State != FileOpen && !f.Reported && !f.Inline {
				f.Reported = true
				t.log.File(&u.Moment, tx, dir, f)
			}
		}
	}
	if tx.Mark[UserLog] == 0 && t.log.Transaction(&u.Moment, tx) {
		tx.Mark[UserLog] = 1
	}
}

// tell reports the events of a set that were not told yet.
func (t *Tracker) tell(u *Update, tx *Tx, all, told *EventSet) {
	if *all == *told {
		return
	}
	for e := NoEvent + 1; e < events; e++ {
		if all.Has(e) && !told.Has(e) {
			t.log.Odd(&u.Moment, tx, e)
		}
	}
	*told = *all
}

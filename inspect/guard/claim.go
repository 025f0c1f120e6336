package guard

// outcome is what became of a claim.
type outcome struct {
	verdict verdict
	report  bool
	missed  uint32   // like it since the last report
	holder  [16]byte // the one before; valid iff moved or refused
}

type verdict uint8

const (
	held    verdict = iota // as is known, or is known from now on
	noRoom                 // not known, and there is no room to remember it
	moved                  // believed to have moved here
	refused                // another holds it
)

// claim says that a subject is with a holder. Without learn an unknown subject stays
// unknown.
func (t *table) claim(k *key, holder *[16]byte, now int64, learn bool) outcome {
	set := t.set(k)
	mu := t.lock(set)
	mu.Lock()
	defer mu.Unlock()
	s := &t.sets[set]
	for w := range ways {
		if s.id[w].Load() == k.id {
			return t.again(set, w, k, holder, now)
		}
	}
	if !learn {
		return outcome{}
	}
	if !t.begin(set, k, holder, now) {
		t.refused.Add(1)
		return outcome{verdict: noRoom}
	}
	return outcome{}
}

// again is a claim to a subject that is known.
func (t *table) again(set uint64, w int, k *key, holder *[16]byte, now int64) outcome {
	s, d := &t.sets[set], &t.details[set*ways+uint64(w)]
	place := t.place(k, holder)
	if s.place[w].Load() == place {
		if !d.static {
			s.seen[w].Store(now)
		}
		return outcome{}
	}
	if !d.static && now-s.seen[w].Load() > t.rules.age {
		*d = detail{network: k.network, subject: k.subject, holder: *holder, since: now, window: now}
		s.place[w].Store(place)
		s.seen[w].Store(now)
		return outcome{}
	}
	if !t.believable(set, w, now) {
		return d.refuse(now, t.rules.reportEvery)
	}
	o := outcome{verdict: moved, report: true, holder: d.holder}
	d.holder, d.since, d.asked = *holder, now, false
	d.moves++
	s.seen[w].Store(now) // before the place, lest a look forget it as silent
	s.place[w].Store(place)
	t.moved.Add(1)
	return o
}

// believable says whether a binding may move now.
func (t *table) believable(set uint64, w int, now int64) bool {
	d, seen := &t.details[set*ways+uint64(w)], t.sets[set].seen[w].Load()
	if d.static || now-seen < t.rules.moveAfter {
		return false
	}
	if now-d.window > t.rules.movesWithin {
		d.window, d.moves = now, 0
	}
	if int(d.moves) >= t.rules.moves {
		return false
	}
	if t.rules.secluded && d.secluded < seen+t.rules.refresh() {
		t.ask(set, w, now)
		return false
	}
	return true
}

// refuse is a claim against a binding.
func (d *detail) refuse(now, every int64) outcome {
	o := outcome{verdict: refused, holder: d.holder, missed: d.missed}
	if d.reported == 0 || now-d.reported >= every {
		o.report = true
		d.reported, d.missed = now, 0
		return o
	}
	d.missed++
	return o
}

// begin makes a binding, if the network has room and the set a place.
func (t *table) begin(set uint64, k *key, holder *[16]byte, now int64) bool {
	t.sweepOne(set, now)
	if !t.shares.fit(k.network) {
		return false
	}
	s := &t.sets[set]
	for w := range ways {
		if s.id[w].Load() != 0 {
			continue
		}
		t.details[set*ways+uint64(w)] = detail{network: k.network, subject: k.subject, holder: *holder, since: now, window: now}
		s.place[w].Store(t.place(k, holder))
		s.seen[w].Store(now)
		s.id[w].Store(k.id)
		t.shares.add(k.network, 1)
		return true
	}
	return false
}

// sweepOne forgets what has aged in a set, whose lock the caller has, and in one
// more: new bindings pay for old ones.
func (t *table) sweepOne(set uint64, now int64) {
	t.sweep(set, now)
	other := uint64(t.cursor.Add(1)) & uint64(len(t.sets)-1)
	if mu := t.lock(other); other%locks != set%locks && mu.TryLock() {
		t.sweep(other, now)
		mu.Unlock()
	}
}

func (t *table) sweep(set uint64, now int64) {
	s := &t.sets[set]
	for w := range ways {
		if s.id[w].Load() != 0 && now-s.seen[w].Load() > t.rules.age {
			t.drop(set, w)
		}
	}
}

// drop forgets a binding.
func (t *table) drop(set uint64, w int) {
	d := &t.details[set*ways+uint64(w)]
	t.sets[set].id[w].Store(0)
	t.shares.add(d.network, -1)
	*d = detail{}
}

// bind makes a binding that stays; it replaces one that was there. It reports false
// if the set has no place.
func (t *table) bind(network uint64, subject, holder [16]byte) bool {
	k := t.key(network, &subject)
	t.claim(&k, &holder, 0, true)
	set := t.set(&k)
	for w := range ways {
		if t.sets[set].id[w].Load() == k.id {
			d := &t.details[set*ways+uint64(w)]
			d.static, d.holder = true, holder
			t.sets[set].place[w].Store(t.place(&k, &holder))
			t.sets[set].seen[w].Store(always)
			return true
		}
	}
	return false
}

package ips

import (
	"slices"

	"vxwall/inspect/app"
	"vxwall/inspect/ips/chain"
	"vxwall/pipeline/flow"
)

// payloadBit is the payload's bit among the chains of a rule that matched.
const payloadBit = 63

// txRules judges the rules for the transactions that changed.
func (d *Detector) txRules() {
	if len(d.in.Txs) == 0 {
		return
	}
	groups := d.engine.apps[d.in.App]
	if groups == nil {
		return
	}
	rules := groups[d.in.Dir][d.pair]
	for _, tx := range d.in.Txs {
		if tx.Changed[d.in.Dir] {
			d.tx(rules, tx)
		}
	}
	d.txID = NoTx
}

// tx judges the rules for one transaction.
func (d *Detector) tx(own *appRules, tx *app.Tx) {
	t := d.state.tx(tx, d.engine.revision)
	d.txID = tx.ID
	d.candidates = append(d.candidates[:0], own.always...)
	if d.naive {
		d.all(func(r *rule) bool { return r.kind == kindTx && slices.Contains(d.engine.appsOf(r), d.in.App) })
	}
	for i := range own.keys {
		d.searchKey(&own.keys[i], i, tx, t)
	}
	if t != nil {
		for n := t.rules; n != 0; n = d.state.nodes.at(n).next {
			if key := d.state.nodes.at(n).key; key == d.txKey(int32(key>>1)) {
				d.candidates = append(d.candidates, int32(key>>1))
			}
		}
	}
	slices.Sort(d.candidates)
	d.candidates = slices.Compact(d.candidates)
	for _, n := range d.candidates {
		d.judgeTx(n, tx, t)
	}
}

// searchKey searches what is new in a buffer.
func (d *Detector) searchKey(g *keyGroup, place int, tx *app.Tx, t *txState) {
	dir := d.in.Dir
	word, bit := place>>6, uint64(1)<<(place&63)
	marked := t != nil && word < len(t.seen[dir])
	if marked && t.seen[dir][word]&bit != 0 {
		return
	}
	info := d.engine.keys[g.key].info
	final := true
	n := 0
	for ; n < instances(info); n++ {
		v, ok := d.view(g.key, tx, dir, n)
		if !ok {
			break
		}
		final = final && !v.Open
		w := app.Buffer{Data: v.Data, Offset: v.Base}
		if info.Streaming && t != nil {
			w.Fresh = v.Fresh
		}
		d.searchPart(&g.near, &w)
		d.searchPart(&g.far, &w)
		d.compact()
	}
	if marked && n > 0 && final && (!info.Multi || tx.Progress[dir] == app.Complete) {
		t.seen[dir][word] |= bit
	}
}

// compact keeps the candidates within their memory, however many instances of a buffer have the same patterns.
func (d *Detector) compact() {
	if len(d.candidates) > len(d.engine.rules) {
		slices.Sort(d.candidates)
		d.candidates = slices.Compact(d.candidates)
	}
}

func instances(info *app.BufferInfo) int {
	if info.Multi {
		return maxInstances
	}
	return 1
}

// view returns an instance of a buffer, changed by its transforms. Fresh is where a search begins.
func (d *Detector) view(key int32, tx *app.Tx, dir flow.Direction, n int) (chain.View, bool) {
	k := &d.engine.keys[key]
	b, ok := tx.Buffer(k.id, dir, n)
	if !ok {
		return chain.View{}, false
	}
	open := k.info.Streaming && !b.Final
	if k.transforms == nil {
		return chain.View{Data: b.Data, Base: b.Offset, Fresh: b.Fresh, Open: open}, true
	}
	t := &d.views[key]
	if t.epoch != d.epoch || t.tx != tx.ID || t.dir != dir || t.n != n {
		t.data = k.transforms.Apply(b.Data, &t.scratch)
		t.epoch, t.tx, t.dir, t.n = d.epoch, tx.ID, dir, n
	}
	return chain.View{Data: t.data, Open: open}, true
}

// txKey is what a rule is known by in a transaction: once for each direction, but for one that is
// about both at once.
func (d *Detector) txKey(n int32) uint64 {
	if d.engine.rules[n].whole {
		return uint64(n) << 1
	}
	return uint64(n)<<1 | uint64(d.in.Dir)
}

// judgeTx asks the conditions of a rule for a transaction. What matched before stays so.
func (d *Detector) judgeTx(n int32, tx *app.Tx, t *txState) {
	r := &d.engine.rules[n]
	var done uint64
	if t != nil {
		if e := d.state.find(t.rules, d.txKey(n)); e != nil {
			done = e.value
		}
	}
	if done == ruleDone || !d.headerHolds(r) || !d.conditionsHold(r) {
		return
	}
	o, matched := d.txOutcome(r, tx, done)
	if o == chain.Failed {
		return
	}
	if o == chain.Matched {
		matched = ruleDone
	}
	if t != nil && (o == chain.Matched || r.fast.ok || matched != 0) {
		if e := d.state.put(&t.rules, d.txKey(n)); e != nil {
			e.value = matched
		}
	}
	if o == chain.Matched {
		d.found(n, finding{rule: n, tx: tx.ID})
		return
	}
	d.out.Pending = true
}

// txOutcome asks all that has not matched yet.
func (d *Detector) txOutcome(r *rule, tx *app.Tx, done uint64) (chain.Outcome, uint64) {
	o := chain.Matched
	for i := range r.txs {
		c := &r.txs[i]
		if got := c.asks(d, tx, d.in.Dir); got != chain.Matched {
			d.traceOutcome(r, got, c.index)
			if o = min(o, got); o == chain.Failed {
				return o, done
			}
		}
	}
	for i := range r.buffers {
		c := &r.buffers[i]
		if done&(1<<i) != 0 {
			continue
		}
		got := d.buffer(c, tx)
		if got == chain.Matched {
			done |= 1 << i
			continue
		}
		d.traceChain(r, got, c.index)
		if o = min(o, got); o == chain.Failed {
			return o, done
		}
	}
	if r.payload != nil && done&(1<<payloadBit) == 0 {
		if got, _ := d.payload(r); got != chain.Matched {
			d.traceChain(r, got, r.first)
			return min(o, chain.Waits), done
		}
		done |= 1 << payloadBit
	}
	return o, done
}

// buffer looks into the instances of a buffer: one has to match.
func (d *Detector) buffer(c *bufferChain, tx *app.Tx) chain.Outcome {
	dir := d.in.Dir
	if c.dir >= 0 {
		dir = flow.Direction(c.dir)
	}
	info := d.engine.keys[c.key].info
	whole := tx.Progress[dir] == app.Complete
	n, waits := 0, false
	d.exam.Link = -1
	for ; n < instances(info); n++ {
		v, ok := d.view(c.key, tx, dir, n)
		if !ok {
			break
		}
		if c.absent {
			return chain.Failed
		}
		v.Fresh = 0
		switch c.chain.Match(&d.exam, v) {
		case chain.Matched:
			return chain.Matched
		case chain.Waits:
			waits = true
		}
	}
	if n == 0 && whole && (c.absent || c.orElse) {
		return chain.Matched
	}
	return unless(!waits && (whole || n > 0 && !info.Multi))
}

package appliance

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"vxwall/appliance/admin"
	"vxwall/pipeline/flow"
)

// TestFlow: a flow is explained by the policy in force, to the verdict that it has.
func TestFlow(t *testing.T) {
	b := trafficBox(t)
	list, err := b.client.Flows(context.Background(), &admin.FlowQuery{})
	if err != nil || len(list.Flows) != 5 {
		t.Fatalf("%+v %v", list, err)
	}
	for _, f := range list.Flows {
		r, err := b.client.Flow(context.Background(), f.ID)
		if err != nil || r.ID != f.ID || r.InForce != f.Revision || r.Key != f.Key {
			t.Errorf("%+v %v", r, err)
		}
		want := "verdict: DROPPED, reason segment-denied"
		if f.Action == "allow" {
			want = "verdict: FORWARDED"
		}
		if !strings.Contains(r.Explanation, want) || !strings.Contains(r.Explanation, "policy revision "+r.InForce) {
			t.Errorf("%s: want %q in\n%s", f.Service, want, r.Explanation)
		}
	}
	for path, want := range map[string]string{
		"/v1/flow?id=1": "404 there is no such flow any more", "/v1/flow?id=x": `400 id: "x" is no flow_id`,
		"/v1/flow": `400 id: "" is no flow_id`, "/v1/flow?id=1&x=2": `400 unknown parameter "x"`,
		"/v1/flows?active=86401": `400 active: "86401" is not within 0 to 86400`,
	} {
		status, text := raw(t, b, "GET", path)
		if got := fmt.Sprint(status, " ", text); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", path, got)
		}
	}
}

// TestActive: flows that were silent for longer are left out; what the kernel handles is
// as young as the kernel says.
func TestActive(t *testing.T) {
	b := trafficBox(t)
	s := &flowSearch{running: &running{link: b.link}, query: &admin.FlowQuery{Active: 10}}
	r := &flow.Record{Last: 100e9}
	for seconds, want := range map[int64]bool{100: true, 109: true, 111: false} {
		s.now = time.Unix(seconds, 0)
		if got := s.matches(r); got != want {
			t.Errorf("after %d s: %v", seconds-100, got)
		}
	}
}

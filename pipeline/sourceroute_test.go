package pipeline_test

import (
	"testing"

	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

// TestIPv4SourceRouting: a packet that goes elsewhere than its destination says
// is refused, whatever stands in front of the option; other options are not.
func TestIPv4SourceRouting(t *testing.T) {
	tests := map[string]struct {
		options []byte
		want    pipeline.Reason
	}{
		"loose":                {[]byte{131, 7, 4, 10, 9, 9, 9, 0}, pipeline.InnerExtension},
		"strict":               {[]byte{137, 7, 4, 10, 9, 9, 9, 0}, pipeline.InnerExtension},
		"behind others":        {[]byte{1, 148, 4, 0, 0, 131, 3, 4}, pipeline.InnerExtension},
		"router alert":         {[]byte{148, 4, 0, 0}, pipeline.OK},
		"behind the end":       {[]byte{0, 131, 3, 4}, pipeline.OK},
		"inside another":       {[]byte{7, 4, 131, 3}, pipeline.OK},
		"length beyond header": {[]byte{7, 40, 131, 3}, pipeline.OK},
		"length of zero":       {[]byte{7, 0, 131, 3}, pipeline.OK},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			frame := pt.Frame(pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{Options: test.options}, pt.UDP{Src: 1, Dst: 2})
			result := pt.Run(pipeline.Default(), []pipeline.Stage{pt.AllowAll()}, frame)
			if got := result.Outcomes[0]; got.Reason != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

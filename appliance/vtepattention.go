package appliance

import "fmt"

// shownTroubles is how many peers in trouble are named one by one.
const shownTroubles = 5

// vtepAttention lists what is wrong with the overlay.
func (r *running) vtepAttention() (list []string) {
	if r.vtep == nil {
		return nil
	}
	_, spec, _, err := r.vtep.inForce()
	if err != nil {
		list = append(list, err.Error())
	}
	if spec == nil {
		return list
	}
	n := 0
	for i := range spec.Peers {
		p := spec.tellPeer(i)
		if p.Ready {
			continue
		}
		if n++; n <= shownTroubles {
			list = append(list, fmt.Sprintf("nothing can be sent to peer %s: %s", p.Name, p.Trouble))
		}
	}
	if n > shownTroubles {
		list = append(list, fmt.Sprintf("nothing can be sent to %d more peers", n-shownTroubles))
	}
	for _, d := range spec.state.Devices {
		if d.Trouble != "" {
			list = append(list, fmt.Sprintf("%s is not followed: %s", d.Name, d.Trouble))
		} else if d.Skipped > 0 {
			list = append(list, fmt.Sprintf("%d entries of %s name groups of next hops or multicast groups, which are not followed", d.Skipped, d.Name))
		}
	}
	return list
}

package io.culvert.operator.ipam.check;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What is inconsistent in IPAM. Pure. */
public final class IpamCheck {

    private IpamCheck() {}

    /** Every finding, by key; none if IPAM is consistent. A write in flight can cause some for a moment. */
    public static List<Finding> check(IpamPicture picture) {
        List<Finding> findings = new ArrayList<>(picture.faults());
        BlockRules.check(picture, findings::add);
        ClaimRules.check(picture, findings::add);
        HandleRules.check(picture, findings::add);
        TunnelRules.check(picture, findings::add);
        Collections.sort(findings);
        return List.copyOf(findings);
    }
}

# shellcheck shell=bash disable=SC2317
# A command's whole life, as whoever types it waits for it, against an etcd on this machine.
java=$(readlink -f "${JAVA_HOME:+$JAVA_HOME/bin/}$(command -v java)")
[ -z "${JAVA_HOME:-}" ] || java=$JAVA_HOME/bin/java

start_etcd
"$DIST/bin/culvert" apply -f - >/dev/null <<'POOL'
apiVersion: projectcalico.org/v3
kind: IPPool
metadata:
  name: bench
spec:
  cidr: 192.0.2.0/24
POOL

get_with_culvert() { "$DIST/bin/culvert" get ippool; }
get_with_etcdctl() {
    ETCDCTL_API=3 etcdctl --endpoints "$ETCD_ENDPOINTS" get --prefix /calico/resources/v3/projectcalico.org/ippools/
}
bare_java() { "$java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -version; }

row "culvert get ippool" get_with_culvert "java -version" bare_java "< 500"
row "culvert get ippool" get_with_culvert "etcdctl get --prefix" get_with_etcdctl

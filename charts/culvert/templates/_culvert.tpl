{{- define "culvert.name" -}}
{{ .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "culvert.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else -}}
{{- $name := include "culvert.name" . -}}
{{ contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) | trunc 63 | trimSuffix "-" }}
{{- end -}}
{{- end }}

{{- /* Arguments: root, suffix. */ -}}
{{- define "culvert.suffixed" -}}
{{ include "culvert.fullname" .root | trunc (sub 62 (len .suffix) | int) | trimSuffix "-" }}-{{ .suffix }}
{{- end }}

{{- define "culvert.namespace" -}}
{{ .Values.namespaceOverride | default .Release.Namespace }}
{{- end }}

{{- define "culvert.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (.Values.serviceAccount.create | ternary (include "culvert.fullname" .) "default") }}
{{- end }}

{{- /* Arguments: root, component. A DaemonSet's selector can never change, and it adopts every matching pod without an owner. The component
keeps it from adopting the test's pod. */ -}}
{{- define "culvert.selectorLabels" -}}
app.kubernetes.io/name: {{ include "culvert.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- /* Arguments: root, component, labels (additional). The chart's own labels take precedence. */ -}}
{{- define "culvert.labels" -}}
{{- $own := include "culvert.selectorLabels" . | fromYaml -}}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-") -}}
{{- $_ := set $own "app.kubernetes.io/version" .root.Chart.AppVersion -}}
{{- $_ := set $own "app.kubernetes.io/part-of" "culvert" -}}
{{- $_ := set $own "app.kubernetes.io/managed-by" .root.Release.Service -}}
{{ merge $own (.labels | default dict) .root.Values.commonLabels | toYaml }}
{{- end }}

{{- /* Arguments: root, component, labels, annotations; name and namespace if they differ from the agent's. */ -}}
{{- define "culvert.metadata" -}}
name: {{ .name | default (include "culvert.fullname" .root) }}
namespace: {{ .namespace | default (include "culvert.namespace" .root) }}
labels:
  {{- include "culvert.labels" . | nindent 2 }}
{{- with merge (dict) (.annotations | default dict) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "culvert.image" -}}
{{- $repository := required "image.repository is required: no image is published; build one with culvert on its PATH and set its name, such as registry.example.org/culvert" .Values.image.repository -}}
{{- with (.Values.global).imageRegistry | default .Values.image.registry }}{{ trimSuffix "/" . }}/{{ end -}}
{{ $repository }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end -}}
{{- end }}

{{- define "culvert.imagePullSecrets" -}}
{{- with concat ((.Values.global).imagePullSecrets | default list) .Values.imagePullSecrets | uniq }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "culvert.endpoints" -}}
{{ required "etcd.endpoints is required: the client URLs of etcd, such as {https://10.0.0.1:2379}" (join "," .Values.etcd.endpoints) }}
{{- if .Values.etcd.tls.existingSecret }}{{- range .Values.etcd.endpoints }}{{- if hasPrefix "http://" . }}
{{- fail (printf "etcd.tls.existingSecret is set, but %s of etcd.endpoints is not encrypted: use https://" .) }}
{{- end }}{{- end }}{{- end }}
{{- end }}

{{- /* Connection to etcd: the environment of all culvert commands. */ -}}
{{- define "culvert.etcdEnvironment" -}}
- name: ETCD_ENDPOINTS
  value: {{ include "culvert.endpoints" . | quote }}
{{- if .Values.etcd.tls.existingSecret }}
- name: ETCD_CA_CERT_FILE
  value: /etc/culvert/etcd/ca.pem
{{- if .Values.etcd.tls.certKey }}
- name: ETCD_CERT_FILE
  value: /etc/culvert/etcd/cert.pem
- name: ETCD_KEY_FILE
  value: /etc/culvert/etcd/key.pem
{{- end }}
{{- end }}
{{- with .Values.etcd.existingSecret }}
{{- range $key := list "username" "password" }}
- name: ETCD_{{ upper $key }}
  valueFrom:
    secretKeyRef:
      name: {{ $.Values.etcd.existingSecret }}
      key: {{ $key }}
{{- end }}
{{- end }}
{{- end }}

{{- define "culvert.mounts" -}}
- name: tmp
  mountPath: /tmp
{{- if .Values.etcd.tls.existingSecret }}
- name: etcd-tls
  mountPath: /etc/culvert/etcd
  readOnly: true
{{- end }}
{{- end }}

{{- /* Arguments: root, mode of the files. */ -}}
{{- define "culvert.volumes" -}}
{{- $tls := .root.Values.etcd.tls -}}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
{{- with $tls.existingSecret }}
- name: etcd-tls
  secret:
    secretName: {{ . }}
    defaultMode: {{ $.mode }}
    items:
      - key: {{ $tls.caKey }}
        path: ca.pem
      {{- if $tls.certKey }}
      - key: {{ $tls.certKey }}
        path: cert.pem
      - key: {{ $tls.keyKey }}
        path: key.pem
      {{- end }}
{{- end }}
{{- end }}

{{- /* Arguments: root, resources and the path of their value. The launcher sets -Xmx for the agent, and then Java ignores
-XX:MaxRAMPercentage. So the template computes the heap. */ -}}
{{- define "culvert.heap" -}}
{{- with ((.resources).limits).memory -}}
{{- $percent := $.root.Values.java.heapPercent -}}
{{- $mebibytes := mul (regexFind "^[0-9]+" .) (hasSuffix "Gi" . | ternary 1024 1) -}}
{{- $heap := div (mul $mebibytes $percent) 100 -}}
{{- if lt $heap 32 }}
{{- fail (printf "%s.limits.memory (%s) and java.heapPercent (%v) leave %d MiB for Java's heap; at least 32 are needed" $.path . $percent $heap) }}
{{- end -}}
- name: CULVERT_JAVA_OPTS
  value: -Xmx{{ $heap }}m
{{- end -}}
{{- end }}

{{- /* Arguments: root, path, probe. Probes the node's address, unless the agent listens on another one only. */ -}}
{{- define "culvert.probe" -}}
{{- $host := regexReplaceAll ":[0-9]+$" .root.Values.config.listen "" -}}
httpGet:
  path: {{ .path }}
  port: http
  {{- if ne $host "0.0.0.0" }}
  host: {{ $host }}
  {{- end }}
{{ toYaml .probe }}
{{- end }}

{{- /* Common parts of all pods. */ -}}
{{- define "culvert.pod" -}}
serviceAccountName: {{ include "culvert.serviceAccount" . }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.hostAliases }}
hostAliases:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- include "culvert.imagePullSecrets" . }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Arguments: root, command, mounts and volumes (additional). A pod that runs a command against etcd without privileges: its group can
read the keys. */ -}}
{{- define "culvert.commandPod" -}}
{{ include "culvert.pod" .root }}
{{- if .root.Values.commandHostNetwork }}
hostNetwork: true
dnsPolicy: {{ .root.Values.dnsPolicy }}
{{- end }}
{{- with .root.Values.commandTolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
restartPolicy: Never
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile:
    type: RuntimeDefault
containers:
  - name: culvert
    image: {{ include "culvert.image" .root }}
    imagePullPolicy: {{ .root.Values.image.pullPolicy }}
    command:
      {{- toYaml .command | nindent 6 }}
    env:
      {{- include "culvert.etcdEnvironment" .root | nindent 6 }}
      {{- with include "culvert.heap" (dict "root" .root "resources" .root.Values.commandResources "path" "commandResources") }}
      {{- nindent 6 . }}
      {{- end }}
    {{- with .root.Values.commandResources }}
    resources:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    securityContext:
      privileged: false
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities:
        drop: [ALL]
    volumeMounts:
      {{- include "culvert.mounts" .root | nindent 6 }}
      {{- with .mounts }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
volumes:
  {{- include "culvert.volumes" (dict "root" .root "mode" "0440") | nindent 2 }}
  {{- with .volumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- /* Arguments: root, kind, value. An object of an unknown kind would break the release half-way. */ -}}
{{- define "culvert.requireMonitoring" -}}
{{- if not (or .root.Values.prometheus.trustCRDsExist (.root.Capabilities.APIVersions.Has (printf "monitoring.coreos.com/v1/%s" .kind))) }}
{{- fail (printf "%s is true, but the cluster has no %s of monitoring.coreos.com/v1: install the Prometheus Operator first; or set prometheus.trustCRDsExist=true if Helm cannot ask the cluster" .value .kind) }}
{{- end }}
{{- end }}

{{- /* Arguments: monitor. Common parts of the endpoints of PodMonitor and ServiceMonitor. */ -}}
{{- define "culvert.endpoint" -}}
port: http
path: /metrics
{{- with .monitor.interval }}
interval: {{ . }}
{{- end }}
{{- with .monitor.scrapeTimeout }}
scrapeTimeout: {{ . }}
{{- end }}
honorLabels: {{ .monitor.honorLabels }}
{{- with .monitor.relabelings }}
relabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .monitor.metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Arguments: root, monitor. Common parts of their specs. */ -}}
{{- define "culvert.monitor" -}}
jobLabel: {{ .monitor.jobLabel }}
{{- with .monitor.podTargetLabels }}
podTargetLabels:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .monitor.attachMetadata }}
attachMetadata:
  {{- toYaml . | nindent 2 }}
{{- end }}
namespaceSelector:
  matchNames:
    - {{ include "culvert.namespace" .root }}
selector:
  matchLabels:
    {{- include "culvert.selectorLabels" (dict "root" .root "component" "agent") | nindent 4 }}
{{- end }}

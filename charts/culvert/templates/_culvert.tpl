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

{{- define "culvert.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (.Values.serviceAccount.create | ternary (include "culvert.fullname" .) "default") }}
{{- end }}

{{- /* Of the selector, which can never be changed. */ -}}
{{- define "culvert.selectorLabels" -}}
app.kubernetes.io/name: {{ include "culvert.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "culvert.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "culvert.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: agent
app.kubernetes.io/part-of: culvert
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "culvert.image" -}}
{{- $repository := required "image.repository is required: no image is published; build one with culvert on its PATH and name it here, such as registry.example.org/culvert" .Values.image.repository -}}
{{- with .Values.image.registry }}{{ trimSuffix "/" . }}/{{ end -}}
{{ $repository }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end -}}
{{- end }}

{{- define "culvert.endpoints" -}}
{{ required "etcd.endpoints is required: the client URLs of etcd, such as {https://10.0.0.1:2379}" (join "," .Values.etcd.endpoints) }}
{{- if .Values.etcd.tls.existingSecret }}{{- range .Values.etcd.endpoints }}{{- if hasPrefix "http://" . }}
{{- fail (printf "etcd.tls.existingSecret is set, but %s of etcd.endpoints is not encrypted: use https://" .) }}
{{- end }}{{- end }}{{- end }}
{{- end }}

{{- /* The agent's launcher sets -Xmx, beside which Java ignores -XX:MaxRAMPercentage; so the share is computed here. */ -}}
{{- define "culvert.maximumHeap" -}}
{{- with (.Values.resources.limits).memory -}}
{{- $mebibytes := mul (regexFind "^[0-9]+" .) (hasSuffix "Gi" . | ternary 1024 1) -}}
{{- $heap := div (mul $mebibytes $.Values.java.heapPercent) 100 -}}
{{- if lt $heap 32 }}
{{- fail (printf "resources.limits.memory (%s) and java.heapPercent (%v) leave %d MiB for Java's heap; at least 32 are needed" . $.Values.java.heapPercent $heap) }}
{{- end -}}
-Xmx{{ $heap }}m
{{- end -}}
{{- end }}

{{- /* Arguments: root, path, probe. Asked at the node's address unless the agent listens at another one only. */ -}}
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

{{/*
What the templates are filled with: the names of `CiView` (src/render/ci/view.ts), from the values.
Takes a dict: `root`, the context of the chart, and `ending`, what the name of the object ends with.
*/}}
{{- define "mirrorlock.view" -}}
{{- $values := .root.Values -}}
{{- $release := .root.Release.Name -}}
{{- $suffix := ternary "" (printf "-%s" $release) (eq $release "mirrorlock") -}}
{{- if gt (len $suffix) 34 }}{{ fail (printf "The release %q has a name of more than 33 characters, which is too long for a CronJob." $release) }}{{ end -}}
{{- $suffix = printf "%s%s" $suffix .ending -}}
{{- $folder := dict -}}
{{- if $values.folder -}}
{{- $top := list -}}
{{- range splitList "/" $values.folder }}{{ $top = append $top ".." }}{{ end -}}
{{- $folder = dict "path" $values.folder "top" (join "/" $top) -}}
{{- end -}}
{{- $command := list "mirrorlock" -}}
{{- if eq $values.tool "dependency" }}{{ $command = list "node" "node_modules/mirrorlock/bin/mirrorlock.js" }}{{ end -}}
{{- if eq $values.tool "checkout" -}}
{{- $command = list "node" (ternary (printf "%s/bin/mirrorlock.js" $folder.top) "bin/mirrorlock.js" (not (empty $folder))) -}}
{{- end -}}
{{- $catalog := dict -}}
{{- if $values.catalog.enabled -}}
{{- if not $values.catalogClaim }}{{ fail "catalogClaim: a published catalogue needs a volume." }}{{ end -}}
{{- $catalog = dict "url" $values.catalog.url "history" $values.catalog.history -}}
{{- end -}}
{{- $url := urlParse $values.repository -}}
{{- $host := trimSuffix ":443" (lower $url.host) -}}
{{- $kubernetes := dict
  "repository" $values.repository
  "credentialKey" (printf "credential.%s://%s.helper" $url.scheme $host)
  "branch" $values.branch
  "image" $values.image
  "namespace" .root.Release.Namespace
  "tokenSecret" $values.tokenSecret
  "authSecret" $values.authSecret
  "configMap" $values.configMap
  "cacheClaim" $values.cacheClaim
  "catalogClaim" $values.catalogClaim
  "catalogImage" $values.catalogImage
-}}
{{- dict
  "folder" $folder
  "suffix" (list $suffix)
  "command" $command
  "isCheckout" (eq $values.tool "checkout")
  "inImage" (eq $values.tool "image")
  "jobs" $values.jobs
  "schedule" $values.schedule
  "prunes" $values.prune
  "variables" $values.variables
  "notices" $values.secretVariables
  "pushesMetrics" $values.pushMetrics
  "catalog" $catalog
  "kubernetes" $kubernetes
  | toJson -}}
{{- end -}}

/** The page's style: light and dark by the reader's own setting, and black on white in print. */
export const style = `:root{color-scheme:light dark;--ink:#1b1f24;--quiet:#57606a;--paper:#fff;--line:#d8dee4;--bar:#0a66c2;--saved:#1a7f37;--mark:#b42318}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--quiet:#9da7b1;--paper:#0d1117;--line:#30363d;--bar:#58a6ff;--saved:#3fb950;--mark:#ff7b72}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:980px;padding:24px 20px 60px;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:26px;margin:0 0 4px}h2{font-size:19px;margin:34px 0 8px;border-top:1px solid var(--line);padding-top:16px}
h3{font-size:15px;margin:20px 0 4px}p{margin:6px 0}code{font:13px ui-monospace,monospace}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;margin:10px 0;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding:4px 0}
th,td{padding:4px 10px 4px 0;border-bottom:1px solid var(--line);text-align:right;vertical-align:top}
th:first-child{text-align:left;font-weight:400}thead th{color:var(--quiet);font-weight:600}
figure{margin:14px 0}figcaption{font-weight:600;margin-bottom:4px}svg{width:100%;height:auto;display:block}
.bar{fill:var(--bar)}.saved{fill:var(--saved)}.grid{stroke:var(--line)}.mark{stroke:var(--mark);stroke-width:1.5;stroke-dasharray:6 4}
text{fill:var(--quiet);font:12px system-ui,sans-serif}.scale,.name,.marked{text-anchor:end}.marked{fill:var(--mark);font-weight:600;paint-order:stroke;stroke:var(--paper);stroke-width:4px}.name{fill:var(--ink)}
details{margin:6px 0}summary{cursor:pointer;color:var(--quiet)}
@media print{:root{--ink:#000;--quiet:#333;--paper:#fff;--line:#bbb;--bar:#333;--saved:#888;--mark:#000}body{max-width:none;padding:0;font-size:11pt}figure{break-inside:avoid}details::details-content{content-visibility:visible}}`;

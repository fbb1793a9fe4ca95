/** One style for all documents: readable on a phone, and on A4 with headers that repeat. */
export const HTML_STYLE = `
:root{color-scheme:light;--ink:#1b2430;--soft:#5a6675;--line:#d5dbe3;--accent:#12395f;--tint:#f2f5f9}
*{box-sizing:border-box}
body{margin:0;background:#e9edf2;color:var(--ink);font:14px/1.45 "Noto Sans","Segoe UI",Roboto,Arial,sans-serif}
main{max-width:60rem;margin:1.5rem auto;padding:2rem;background:#fff;box-shadow:0 1px 4px #0002}
h1,h2,h3,h4,h5,h6,p,dl,figure{margin:0}
h1{font-size:1.7rem;line-height:1.2;color:var(--accent);overflow-wrap:anywhere}
h1 .reference{font-weight:600;color:var(--ink);font-size:1.25rem}
h2{font-size:1.05rem;color:var(--accent);border-bottom:2px solid var(--accent);padding-bottom:.2rem;margin-bottom:.6rem}
h3,h4,h5,h6{font-size:.95rem;margin-bottom:.35rem}
section{margin-top:1.5rem}
section.part{margin-top:1rem}
section>*+*{margin-top:.6rem}
.notice{margin-top:.8rem;padding:.6rem .8rem;border:2px solid #a33;color:#822;font-weight:600}
header dl{margin-top:1rem}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(16rem,1fr));gap:.35rem 1.5rem}
dl>div{min-width:0}
dt{color:var(--soft);font-size:.8rem}
dd{margin:0;overflow-wrap:anywhere}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(18rem,1fr));gap:1.5rem}
.card{margin:0;min-width:0}
.card dl{grid-template-columns:1fr}
.name{font-weight:700;overflow-wrap:anywhere;margin-bottom:.4rem}
.table{overflow-x:auto}
table{width:100%;border-collapse:collapse;font-size:.85rem}
caption{text-align:start;font-weight:600;padding-bottom:.3rem}
th,td{padding:.35rem .45rem;text-align:start;vertical-align:top;border-bottom:1px solid var(--line)}
th{background:var(--tint);color:var(--accent);border-bottom:2px solid var(--line)}
td{overflow-wrap:anywhere;min-width:3.2rem}
.end{text-align:end;font-variant-numeric:tabular-nums}
td.end{overflow-wrap:normal;white-space:nowrap}
tfoot td{font-weight:700;background:var(--tint)}
.notes{color:var(--soft);font-size:.9em}
.notes span+span::before{content:"· "}
.total{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.5rem 2rem;padding:.6rem .8rem;background:var(--accent);color:#fff;font-size:1.1rem}
p{overflow-wrap:anywhere}
p.small{color:var(--soft);font-size:.85rem}
p.strong{font-weight:600}
.codes{display:flex;flex-wrap:wrap;gap:2rem}
figure{max-width:24rem}
figcaption{font-weight:600}
figure img{max-width:100%;height:auto;image-rendering:pixelated}
.link{font-size:.75rem;overflow-wrap:anywhere}
.link a{color:#0b4f8a}
@page{size:A4;margin:14mm}
@media print{body{background:#fff;font-size:10pt}main{max-width:none;margin:0;padding:0;box-shadow:none}
thead{display:table-header-group}tfoot{display:table-row-group}tr,figure,.card,.total{break-inside:avoid}h2,h3,caption{break-after:avoid}
.table{overflow:visible}.total{-webkit-print-color-adjust:exact;print-color-adjust:exact}.link a{color:inherit;text-decoration:none}}
`.trim();

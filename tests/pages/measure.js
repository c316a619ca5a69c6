// Measures what is wider than its place, and which texts lie over one another, and writes it into the page.
addEventListener("load", () => {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const found = { size: window.name, width: innerWidth, dark, cut: [], over: [] };
  document.querySelectorAll("details").forEach(each => { each.open = true; });
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.cut.push(`the page: ${root.scrollWidth} > ${root.clientWidth}`);
  const said = node => node.data.trim().slice(0, 60);
  const scrolled = each => each.closest(".scroll, svg, .skip, style, script, title");
  const boxes = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const parent = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || scrolled(parent)) continue;
    const range = document.createRange();
    range.selectNodeContents(walk.currentNode);
    const holder = parent.closest("td, th, li, dd, p, caption, h1, h2, h3, div, section") || document.body;
    const inside = holder.getBoundingClientRect();
    for (const box of range.getClientRects()) {
      if (!box.width || !box.height) continue;
      if (box.left < inside.left - 1 || box.right > inside.right + 1 || box.right > innerWidth + 1)
        found.cut.push(`${said(walk.currentNode)}: ${box.left}..${box.right} in ${inside.left}..${inside.right}`);
      boxes.push([box.left, box.top, box.right, box.bottom, walk.currentNode]);
    }
  }
  boxes.sort((a, b) => a[1] - b[1]);
  for (let i = 0; i < boxes.length; i++)
    for (let j = i + 1; j < boxes.length && boxes[j][1] < boxes[i][3]; j++) {
      const [a, b] = [boxes[i], boxes[j]];
      const across = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
      const down = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
      if (a[4] !== b[4] && across > 2 && down > 6) found.over.push(`${said(a[4])} / ${said(b[4])}`);
    }
  found.texts = boxes.length;
  parent.postMessage(JSON.stringify(found), "*");
});

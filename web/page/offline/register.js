// Has the service worker keep the page for visits without a network, and says when there is a new
// version, which is taken when the reader says so, lest two be mixed.

import { button, element } from "../dom.js";

function offer(waiting) {
  const change = () => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());
    waiting.postMessage({ change: true });
  };
  const notice = element("p", { className: "notice", role: "status" }, "A new version is here. ");
  notice.append(button("Load it", change));
  document.querySelector(".masthead").after(notice);
}

export async function keepForOffline() {
  if (!navigator.serviceWorker) return; // only secure pages have them
  let registration;
  try {
    registration = await navigator.serviceWorker.register("offline.js");
  } catch {
    return; // the browser or its user does not want that: the page works with a network only
  }
  const watch = () => {
    const { installing } = registration;
    installing?.addEventListener("statechange", () => {
      if (installing.state === "installed" && navigator.serviceWorker.controller) offer(installing);
    });
  };
  if (registration.waiting && navigator.serviceWorker.controller) offer(registration.waiting);
  watch();
  registration.addEventListener("updatefound", watch);
  const { active } = await navigator.serviceWorker.ready;
  const used = performance.getEntriesByType("resource").map(({ name }) => name);
  active.postMessage({ used });
}

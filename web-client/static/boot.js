// A classic script in the head: what it does to the document happens before anything is painted.
const root = document.documentElement;

// The key is that of `client_core::storage::THEME_KEY`.
try {
  const theme = localStorage.getItem("heliograph/theme");
  if (theme) root.dataset.theme = theme;
} catch {
  // Where the storage is closed, the system's theme is shown.
}

// Where the on-screen keyboard covers the page instead of making it smaller, the page makes itself smaller.
if (window.visualViewport) {
  const fit = () => {
    // Whoever zooms in sees less of a page that stays as it is.
    const { height, scale } = visualViewport;
    root.style.setProperty("--height", scale > 1 ? "100dvh" : `${height}px`);
  };
  visualViewport.addEventListener("resize", fit);
}

const start = () =>
  import("/client.js")
    .then(({ default: init }) => init())
    .catch(() => {
      const status = document.getElementById("boot-status");
      if (status) {
        status.textContent = "Heliograph could not start. Reload the page to try again.";
        status.setAttribute("role", "alert");
      }
    });
document.addEventListener("DOMContentLoaded", start);

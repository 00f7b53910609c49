import init from "/client.js";

init().catch(() => {
  const status = document.getElementById("boot-status");
  if (status) {
    status.textContent = "Heliograph could not start. Reload the page to try again.";
    status.setAttribute("role", "alert");
  }
});

import "../lib/index.css";

// Fails with one clear sentence when npm could not install the pinned Node (optional dependencies fail silently).
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `oncelog needs Node >= 22.18, but npm scripts got ${process.version} from ${process.execPath}.\n` +
      'The lock file brings its own Node for Linux, macOS and Windows: run "npm ci" without --omit=optional, ' +
      'or install Node 22.18+.',
  );
  process.exit(1);
}

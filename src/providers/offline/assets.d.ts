/** Files that are embedded in the compiled binary: the import's value is the path to read them from. */
declare module "*.ttf" {
  const path: string;
  export default path;
}
declare module "*.wasm" {
  const path: string;
  export default path;
}

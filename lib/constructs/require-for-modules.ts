/** Some packages inside of bundles are CommonJS and ask for node's modules by `require`, which a module does not have. */
export const requireForModules = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

export const LoadTestPage = () => null;

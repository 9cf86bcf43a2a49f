export const PlanPanel = () => null;

export const createFigure = () => {};

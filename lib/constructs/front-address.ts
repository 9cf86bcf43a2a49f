/**
 * Addresses of the console stand behind `#`. Who leaves it out is led there; what has a dot is the name of a file, and is
 * missing where it is missing. Runs in CloudFront for each request that is not for the API (cloudfront-js-2.0).
 */
export const toAddress = `function handler(event) {
  var request = event.request;
  if (request.uri === '/' || request.uri.indexOf('.') >= 0) return request;
  return {
    statusCode: 302,
    statusDescription: 'Found',
    headers: { location: { value: '/#' + request.uri }, 'cache-control': { value: 'no-store' } },
  };
}
`;

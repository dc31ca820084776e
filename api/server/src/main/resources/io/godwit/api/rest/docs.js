// Shows the document of the server that the page came from. The token is kept by this page alone, until it is closed.
SwaggerUIBundle({
  url: 'api/v1/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  tagsSorter: 'alpha',
  operationsSorter: 'alpha',
  validatorUrl: null
});

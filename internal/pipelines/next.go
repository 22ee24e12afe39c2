package pipelines

// githubNext says what is left to do on GitHub.
func githubNext() []string {
	return []string{
		"Put your own teams into .github/CODEOWNERS, and protect the branch main.",
		"Make the environments [dev, prod] with the reviewers who approve a publish, and for each one more, named with -read, that needs none.",
		"Give each its variables: AZURE_CLIENT_ID, AZURE_TENANT_ID, AZURE_SUBSCRIPTION_ID, AZURE_RESOURCE_GROUP_NAME, API_MANAGEMENT_SERVICE_NAME.",
		"In Entra, trust the repository's tokens: a federated credential for each environment. The -read identities need the role " +
			"\"API Management Service Reader Role\", the others \"API Management Service Contributor\".",
		"Commit, push, and run the workflow \"Lockstep extract\".",
	}
}

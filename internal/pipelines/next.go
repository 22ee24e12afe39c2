package pipelines

// githubNext says what is left to do on GitHub.
func githubNext(gateway string) []string {
	if gateway != "apim" {
		return githubOther(gateway)
	}
	return []string{
		"Put your own teams into .github/CODEOWNERS, and protect the branch main.",
		"Make the environments [dev, prod] with the reviewers who approve a publish, and for each one more, named with -read, that needs none.",
		"Give each its variables: AZURE_CLIENT_ID, AZURE_TENANT_ID, AZURE_SUBSCRIPTION_ID, AZURE_RESOURCE_GROUP_NAME, API_MANAGEMENT_SERVICE_NAME.",
		"Let workflows create pull requests: Settings, Actions, General. If their plans are to show by themselves, make an app, and give each -read " +
			"environment its id as the variable LOCKSTEP_GITHUB_APP_ID and its key as the secret LOCKSTEP_GITHUB_APP_KEY.",
		"In Entra, trust the repository's tokens: a federated credential for each environment. The -read identities need the role " +
			"\"API Management Service Reader Role\", the others \"API Management Service Contributor\".",
		"Commit, push, and run the workflow \"Lockstep extract\".",
	}
}

// azureNext says what is left to do in Azure DevOps.
func azureNext(gateway string) []string {
	if gateway != "apim" {
		return azureOther(gateway)
	}
	return []string{
		"Require reviewers by branch policies of main; Azure Repos reads no CODEOWNERS.",
		"Make the environments [dev, prod] with the checks \"Approvals\" and \"Exclusive lock\".",
		"Make for each of [dev, prod] a variable group and a service connection of workload identity federation, both named lockstep-ENVIRONMENT, " +
			"and a second connection lockstep-ENVIRONMENT-read. The group holds AZURE_SUBSCRIPTION_ID, AZURE_RESOURCE_GROUP_NAME, API_MANAGEMENT_SERVICE_NAME.",
		"The identities of the -read connections need the role \"API Management Service Reader Role\", the others \"API Management Service Contributor\".",
		"Let the build service contribute to the repository and to its pull requests and create branches, and nobody else push to lockstep/published.",
		"Commit and push; make a pipeline of each file in .azure-pipelines, name the plan's in a build validation policy of main, and run the extract's.",
	}
}

// gitlabNext says what is left to do on GitLab.
func gitlabNext(gateway string) []string {
	if gateway != "apim" {
		return gitlabOther(gateway)
	}
	return []string{
		"Put your own teams into .gitlab/CODEOWNERS, and protect the branch main.",
		"Make the environments [dev, prod], protected, with the people who approve a publish, and for each one more, named with -read.",
		"Give each its variables: AZURE_CLIENT_ID, AZURE_TENANT_ID, AZURE_SUBSCRIPTION_ID, AZURE_RESOURCE_GROUP_NAME, API_MANAGEMENT_SERVICE_NAME.",
		"In Entra, trust the project's tokens: a federated credential for the branch main, and one for the -read identities, which need the role " +
			"\"API Management Service Reader Role\"; the others need \"API Management Service Contributor\".",
		"Make a project access token with the role Developer and the scopes api and write_repository, and keep it as the masked variable GITLAB_TOKEN.",
		"Commit, push, make a schedule, and run a pipeline by hand.",
	}
}

// giteaNext says what is left to do on Gitea or Forgejo.
func giteaNext(gateway string) []string {
	if gateway != "apim" {
		return giteaOther(gateway)
	}
	return []string{
		"Put your own teams into CODEOWNERS, and protect the branch main: there are no approvals of deployments.",
		"In the workflows, say for each of [dev, prod] which gateway it is.",
		"Give the repository its variables: AZURE_TENANT_ID, AZURE_SUBSCRIPTION_ID, AZURE_RESOURCE_GROUP_NAME, READ_CLIENT_ID, PUBLISH_CLIENT_ID.",
		"In Entra, make the two identities: the first needs the role \"API Management Service Reader Role\", the other \"API Management Service Contributor\". " +
			"Keep their secrets as READ_CLIENT_SECRET and PUBLISH_CLIENT_SECRET.",
		"Commit, push, and run the workflow \"Lockstep extract\".",
	}
}

// jenkinsNext says what is left to do in Jenkins.
func jenkinsNext(gateway string) []string {
	if gateway != "apim" {
		return jenkinsOther(gateway)
	}
	return []string{
		"Put your own teams into CODEOWNERS, if your forge reads it, and protect the branch main.",
		"In the Jenkinsfile, say for each of [dev, prod] which gateway it is, and which identity.",
		"Make the credentials that the head of the Jenkinsfile names.",
		"Commit, push, and make a multibranch job of the repository; Jenkinsfile.stages is for a second one, or in place of the first.",
	}
}

// kubernetesNext says what is left to do in Kubernetes.
func kubernetesNext(gateway string) []string {
	if gateway != "apim" {
		return kubernetesOther(gateway)
	}
	return []string{
		"Put your own teams into CODEOWNERS, if your forge reads it, and protect the branch main.",
		"In the files, say for each of [dev, prod] which gateway it is, which identity, and where the repository is.",
		"In Entra, trust the service accounts' tokens. The identity that extracts needs the role \"API Management Service Reader Role\", the others " +
			"\"API Management Service Contributor\".",
		"Make the Secret lockstep-git, of a token that may push and open pull requests.",
		"Apply kubernetes/extractor.yaml, and have whatever brings your changes to the cluster make the Jobs of kubernetes/publisher.yaml.",
	}
}
